-- CreateTable
CREATE TABLE "audit_entry" (
    "seq" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT,
    "party" TEXT,
    "person" INTEGER,
    "action" TEXT,
    "dataset" TEXT,
    "decision" TEXT,
    "body" TEXT NOT NULL,
    "subjects" BYTEA,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "audit_checkpoint" (
    "seq" BIGINT NOT NULL,
    "key_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "line" TEXT NOT NULL,

    CONSTRAINT "audit_checkpoint_pkey" PRIMARY KEY ("seq","key_id")
);

-- CreateIndex
CREATE INDEX "audit_entry_at_idx" ON "audit_entry" USING BRIN ("at");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_decision_known" CHECK ("decision" IN ('allow', 'refuse'));

-- The log's only way in. Appends come one after another, each chained to the one before:
-- hash = SHA-256(hash before || seq as 8 bytes || SHA-256(body) || SHA-256(subjects)). The lock is held until the caller's
-- transaction ends, so whoever calls it with others' work in one transaction calls it last. Who cannot get the lock in
-- time is refused. Returns the last number.
CREATE FUNCTION "audit_append"(bodies TEXT[], subjects BYTEA[]) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET lock_timeout = '5s'
AS $$
DECLARE
  last BIGINT;
  chained BYTEA;
  hashes BYTEA[] := '{}';
  added INTEGER := cardinality(bodies);
BEGIN
  IF added IS DISTINCT FROM cardinality(subjects) THEN
    RAISE EXCEPTION 'each entry needs its subjects, or null';
  END IF;
  PERFORM pg_advisory_xact_lock(71006, 0);
  SELECT e.seq, e.hash INTO last, chained FROM public.audit_entry e ORDER BY e.seq DESC LIMIT 1;
  IF last IS NULL THEN
    last := 0;
    chained := decode(repeat('00', 32), 'hex');
  END IF;
  FOR i IN 1..added LOOP
    chained := sha256(chained || int8send(last + i) || sha256(convert_to(bodies[i], 'UTF8')) || sha256(coalesce(subjects[i], '')));
    hashes[i] := chained;
  END LOOP;
  PERFORM set_config('kopru.appending', 'on', true);
  INSERT INTO public.audit_entry (seq, at, kind, party, person, action, dataset, decision, body, subjects, hash)
  SELECT last + b.i, c.at, c.kind, c.party, c.person, c.action, c.dataset, c.decision, b.body, b.subjects, b.hash
    FROM unnest(bodies, subjects, hashes) WITH ORDINALITY AS b(body, subjects, hash, i),
         jsonb_to_record(b.body::jsonb)
           AS c(at timestamptz, kind text, party text, person integer, action text, dataset text, decision text);
  PERFORM set_config('kopru.appending', 'off', true);
  RETURN last + added;
END $$;
REVOKE EXECUTE ON FUNCTION "audit_append"(TEXT[], BYTEA[]) FROM PUBLIC;

-- Against slips. The table's owner can take the triggers away; what it does then, the chain and the signed checkpoints tell.
CREATE FUNCTION "refuse_direct_insert"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('kopru.appending', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION '% is written by audit_append alone', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "audit_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_entry_chained" BEFORE INSERT ON "audit_entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_direct_insert"();
CREATE TRIGGER "audit_checkpoint_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_checkpoint"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- The older logs' rows go into the chain, in the order of time.
CREATE FUNCTION pg_temp.canonical(j JSONB) RETURNS TEXT LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE jsonb_typeof(j)
    WHEN 'object' THEN '{' || coalesce((
      SELECT string_agg(to_json(key)::text || ':' || pg_temp.canonical(value), ',' ORDER BY key COLLATE "C") FROM jsonb_each(j)), '') || '}'
    WHEN 'array' THEN '[' || coalesce((
      SELECT string_agg(pg_temp.canonical(value), ',' ORDER BY i) FROM jsonb_array_elements(j) WITH ORDINALITY AS e(value, i)), '') || ']'
    ELSE j::text
  END;
END $$;
DO $$
DECLARE
  batch RECORD;
BEGIN
  FOR batch IN
    WITH "old" AS (
      SELECT "at", 0 AS "which", "id", "subject", jsonb_strip_nulls(jsonb_build_object(
               'kind', 'access', 'requestId', "request_id", 'party', "party", 'action', "action", 'dataset', "dataset",
               'snapshot', "snapshot", 'grant', "grant_id", 'fields', nullif("fields", '{}'), 'purpose', "purpose",
               'decision', "decision", 'code', "code", 'article', "article")) AS "entry"
        FROM "access_log"
      UNION ALL
      SELECT "at", 1, "id", NULL, jsonb_build_object(
               'kind', 'operation', 'requestId', 'operation_log/' || "id", 'by', "by", 'action', "command", 'decision', 'allow',
               'detail', "detail")
        FROM "operation_log"),
    "numbered" AS (
      SELECT row_number() OVER (ORDER BY "at", "which", "id") AS "n", "subject", pg_temp.canonical("entry" || jsonb_build_object(
               'at', to_char("at" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) AS "body"
        FROM "old")
    SELECT array_agg("body" ORDER BY "n") AS "bodies", array_agg("subject" ORDER BY "n") AS "subjects"
      FROM "numbered" GROUP BY ("n" - 1) / 1000 ORDER BY ("n" - 1) / 1000
  LOOP
    PERFORM "audit_append"(batch."bodies", batch."subjects");
  END LOOP;
END $$;

-- DropTable
DROP TABLE "access_log";

-- DropTable
DROP TABLE "operation_log";

-- What an API process may do in the database, for logins that an operator makes (docs/operators.md): nothing that bends the log.
-- A function, so that it can be called again where the role is made later.
CREATE FUNCTION "grant_api_role"() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  GRANT USAGE ON SCHEMA public TO kopru_api;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO kopru_api;
  GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO kopru_api;
  ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO kopru_api;
  GRANT INSERT, UPDATE, DELETE ON public.lookup, public.process TO kopru_api;
  GRANT INSERT ON public.data_key, public.dataset TO kopru_api;
  REVOKE ALL ON public.audit_entry, public.audit_checkpoint FROM kopru_api;
  GRANT EXECUTE ON FUNCTION public.audit_append(TEXT[], BYTEA[]) TO kopru_api;
END $$;
REVOKE EXECUTE ON FUNCTION "grant_api_role"() FROM PUBLIC;

-- Roles belong to the whole server: another database may have made it, or be making it now.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopru_api') THEN
    BEGIN
      CREATE ROLE kopru_api NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN RAISE NOTICE 'the role kopru_api could not be made; docs/operators.md tells what it is for';
    END;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopru_api') THEN
    PERFORM "grant_api_role"();
  END IF;
END $$;
