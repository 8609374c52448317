-- CreateTable
CREATE TABLE "quota_limit" (
    "id" SERIAL NOT NULL,
    "dataset" TEXT NOT NULL,
    "mode" TEXT,
    "party" TEXT NOT NULL,
    "unit" TEXT,
    "person" INTEGER,
    "queries" INTEGER,
    "records" INTEGER,
    "set_by" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "lifted_at" TIMESTAMPTZ(3),

    CONSTRAINT "quota_limit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "quota_use" (
    "day" DATE NOT NULL,
    "dataset" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "queries" INTEGER NOT NULL,
    "records" BIGINT NOT NULL,

    CONSTRAINT "quota_use_pkey" PRIMARY KEY ("day","dataset","party","scope","holder","mode")
);

-- CreateTable
CREATE TABLE "quota_charge" (
    "day" DATE NOT NULL,
    "key" BYTEA NOT NULL,
    "dataset" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "unit" TEXT,
    "person" INTEGER,
    "queries" INTEGER NOT NULL,
    "reserved" BIGINT NOT NULL,
    "used" BIGINT NOT NULL DEFAULT 0,
    "passes" INTEGER NOT NULL,
    "open" INTEGER[],
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "quota_charge_pkey" PRIMARY KEY ("day","key")
);

-- CreateIndex
CREATE INDEX "quota_limit_dataset_party_idx" ON "quota_limit"("dataset", "party");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "quota_limit" ADD CONSTRAINT "quota_limit_mode_known" CHECK ("mode" IN ('instant', 'periodic', 'yearly'));
ALTER TABLE "quota_limit" ADD CONSTRAINT "quota_limit_one_holder" CHECK ("unit" IS NULL OR "person" IS NULL);
ALTER TABLE "quota_limit" ADD CONSTRAINT "quota_limit_limits" CHECK (num_nonnulls("queries", "records") > 0 AND "queries" >= 0 AND "records" >= 0);
ALTER TABLE "quota_charge" ADD CONSTRAINT "quota_charge_counts" CHECK ("queries" >= 0 AND "reserved" >= 0 AND "used" >= 0);
CREATE UNIQUE INDEX "quota_limit_one_open" ON "quota_limit" ("dataset", "party", "mode", "unit", "person") NULLS NOT DISTINCT WHERE "lifted_at" IS NULL;
-- The same few rows change all day: room beside them keeps each change on its page and out of the index.
ALTER TABLE "quota_use" SET (fillfactor = 50);
CREATE INDEX "quota_charge_open" ON "quota_charge" ("at") WHERE "open" <> '{}';

-- One at a time for a party on a dataset, whatever the mode, unit and person: so no sum can change between check and count.
CREATE FUNCTION "quota_lock"(p_dataset text, p_party text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(71007, hashtext(p_dataset || ' ' || p_party))
$$;

-- Adds to the counters of the party, its unit and its person.
CREATE FUNCTION "quota_count"(
  p_day date, p_dataset text, p_mode text, p_party text, p_unit text, p_person int, p_queries int, p_records bigint
) RETURNS void LANGUAGE sql AS $$
  INSERT INTO "quota_use" AS u ("day", "dataset", "party", "scope", "holder", "mode", "queries", "records")
  SELECT p_day, p_dataset, p_party, level.scope, level.holder, p_mode, p_queries, p_records
    FROM (VALUES ('party', ''), ('unit', p_unit), ('person', p_person::text)) AS level (scope, holder)
   WHERE level.holder IS NOT NULL
  ON CONFLICT ("day", "dataset", "party", "scope", "holder", "mode")
  DO UPDATE SET "queries" = u."queries" + excluded."queries", "records" = u."records" + excluded."records"
$$;

-- Every open limit that a request falls under, with what was used of it: a row for queries and one for records.
CREATE FUNCTION "quota_standings"(p_day date, p_dataset text, p_mode text, p_party text, p_unit text, p_person int)
RETURNS TABLE (scope text, what text, mode text, most int, used bigint) STABLE LANGUAGE sql AS $$
  SELECT l.scope, kind.what, l."mode", kind.most, coalesce(sum(CASE kind.what WHEN 'queries' THEN u."queries" ELSE u."records" END), 0)::bigint
    FROM (SELECT CASE WHEN "person" IS NOT NULL THEN 'person' WHEN "unit" IS NOT NULL THEN 'unit' ELSE 'party' END AS scope,
                 coalesce("person"::text, "unit", '') AS holder, "id", "mode", "queries", "records"
            FROM "quota_limit"
           WHERE "dataset" = p_dataset AND "party" = p_party AND "lifted_at" IS NULL AND coalesce("mode" = p_mode, true)
             AND coalesce("unit" = p_unit, "unit" IS NULL) AND coalesce("person" = p_person, "person" IS NULL)) l
   CROSS JOIN LATERAL (VALUES ('queries', l."queries"), ('records', l."records")) AS kind (what, most)
    LEFT JOIN "quota_use" u ON u."day" = p_day AND u."dataset" = p_dataset AND u."party" = p_party AND u."scope" = l.scope
                           AND u."holder" = l.holder AND u."mode" = coalesce(l."mode", u."mode")
   WHERE kind.most IS NOT NULL
   GROUP BY l."id", l.scope, l."mode", kind.what, kind.most
   ORDER BY array_position(ARRAY['party', 'unit', 'person'], l.scope), l."mode" NULLS FIRST, kind.what
$$;

-- Checks every limit and counts the request, or refuses it and counts nothing. A request that was counted before counts only what it
-- wants beyond that. `pass` is null for a refusal; `standings` are as they are afterwards, for a refusal as they are.
CREATE FUNCTION "quota_reserve"(
  p_day date, p_key bytea, p_at timestamptz, p_dataset text, p_mode text, p_party text, p_unit text, p_person int, p_queries int,
  p_records bigint, OUT pass int, OUT standings jsonb
) LANGUAGE plpgsql AS $$
DECLARE
  before "quota_charge";
  counted bigint;
  more_queries int;
  more_records bigint;
  refused boolean;
BEGIN
  PERFORM "quota_lock"(p_dataset, p_party);
  SELECT * INTO before FROM "quota_charge" WHERE "day" = p_day AND "key" = p_key;
  counted := CASE WHEN before."open" = '{}' THEN before."used" ELSE coalesce(before."reserved", 0) END;
  more_queries := greatest(p_queries - coalesce(before."queries", 0), 0);
  more_records := greatest(p_records - counted, 0);

  SELECT bool_or(added > 0 AND s.used + added > s.most),
         coalesce(jsonb_agg(jsonb_build_object('scope', s.scope, 'what', s.what, 'mode', s.mode, 'limit', s.most, 'used', s.used, 'adds', added)
                            ORDER BY s.place), '[]')
    INTO refused, standings
    FROM "quota_standings"(p_day, p_dataset, p_mode, p_party, p_unit, p_person)
         WITH ORDINALITY AS s (scope, what, mode, most, used, place),
         LATERAL (SELECT CASE s.what WHEN 'queries' THEN more_queries ELSE more_records END) AS a (added);
  IF refused THEN RETURN; END IF;

  IF more_queries > 0 OR more_records > 0 THEN
    PERFORM "quota_count"(p_day, p_dataset, p_mode, p_party, p_unit, p_person, more_queries, more_records);
  END IF;
  INSERT INTO "quota_charge" AS c ("day", "key", "dataset", "mode", "party", "unit", "person", "queries", "reserved", "passes", "open", "at")
  VALUES (p_day, p_key, p_dataset, p_mode, p_party, p_unit, p_person, p_queries, p_records, 1, '{1}', p_at)
  ON CONFLICT ("day", "key") DO UPDATE SET "queries" = c."queries" + more_queries, "reserved" = counted + more_records,
    "passes" = c."passes" + 1, "open" = c."open" || c."passes" + 1, "at" = excluded."at"
  RETURNING "passes" INTO pass;
END
$$;

-- Ends one pass of a request with what it used. When no pass is open any more, what none of them used is given back. False if the pass
-- is not open.
CREATE FUNCTION "quota_settle"(p_day date, p_key bytea, p_pass int, p_records bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  charge "quota_charge";
BEGIN
  SELECT * INTO charge FROM "quota_charge" WHERE "day" = p_day AND "key" = p_key;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM "quota_lock"(charge."dataset", charge."party");
  UPDATE "quota_charge" SET "open" = array_remove("open", p_pass), "used" = greatest("used", p_records)
   WHERE "day" = p_day AND "key" = p_key AND p_pass = ANY ("open") RETURNING * INTO charge;
  IF NOT FOUND THEN RETURN false; END IF;
  IF charge."open" = '{}' AND charge."used" <> charge."reserved" THEN
    PERFORM "quota_count"(p_day, charge."dataset", charge."mode", charge."party", charge."unit", charge."person", 0,
                          charge."used" - charge."reserved");
  END IF;
  RETURN true;
END
$$;
