-- CreateTable
CREATE TABLE "subject_request" (
    "id" SERIAL NOT NULL,
    "party" TEXT NOT NULL,
    "received_on" DATE NOT NULL,
    "identity" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "officer" INTEGER NOT NULL,
    "subject" BYTEA NOT NULL,
    "key_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "subject_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "subject_answer" (
    "request" INTEGER NOT NULL,
    "outcome" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "subject_answer_pkey" PRIMARY KEY ("request")
);

-- CreateTable
CREATE TABLE "incident" (
    "id" SERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "owner" TEXT,
    "aware_at" TIMESTAMPTZ(3) NOT NULL,
    "data" JSONB NOT NULL,
    "person" INTEGER,
    "day" DATE,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "incident_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "incident_event" (
    "id" SERIAL NOT NULL,
    "incident" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "happened_at" TIMESTAMPTZ(3) NOT NULL,
    "text" TEXT,
    "document" TEXT,
    "detail" JSONB NOT NULL,
    "from_seq" BIGINT,
    "to_seq" BIGINT,
    "to_hash" BYTEA,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "incident_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "harvest_day" (
    "person" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "party" TEXT NOT NULL,
    "single" BIGINT NOT NULL,
    "bulk" BIGINT NOT NULL,
    "asked" INTEGER NOT NULL,
    "not_found" INTEGER NOT NULL,
    "first_seq" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,

    CONSTRAINT "harvest_day_pkey" PRIMARY KEY ("person","day")
);

-- CreateTable
CREATE TABLE "harvest_subject" (
    "person" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "subject" BYTEA NOT NULL,
    "found" BOOLEAN,

    CONSTRAINT "harvest_subject_pkey" PRIMARY KEY ("person","day","subject")
);

-- CreateIndex
CREATE UNIQUE INDEX "incident_person_day_key" ON "incident"("person", "day");

-- CreateIndex
CREATE INDEX "incident_event_incident_idx" ON "incident_event"("incident");

-- AddForeignKey
ALTER TABLE "subject_answer" ADD CONSTRAINT "subject_answer_request_fkey" FOREIGN KEY ("request") REFERENCES "subject_request"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "incident_event" ADD CONSTRAINT "incident_event_incident_fkey" FOREIGN KEY ("incident") REFERENCES "incident"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- What follows Prisma's schema language cannot say.

ALTER TABLE "subject_request" ADD CONSTRAINT "subject_request_subject_index" CHECK (octet_length("subject") = 16);
ALTER TABLE "subject_request" ADD CONSTRAINT "subject_request_identity_known" CHECK ("identity" IN ('in-person', 'e-devlet', 'representative'));
ALTER TABLE "subject_answer" ADD CONSTRAINT "subject_answer_outcome_known" CHECK ("outcome" IN ('answered', 'refused', 'withdrawn'));
ALTER TABLE "incident" ADD CONSTRAINT "incident_kind_known" CHECK ("kind" IN ('breach', 'compelled', 'harvesting'));
ALTER TABLE "incident" ADD CONSTRAINT "incident_of_one_owner_or_one_person" CHECK (("owner" IS NOT NULL) = ("kind" <> 'harvesting') AND ("person" IS NOT NULL) = ("kind" = 'harvesting') AND ("day" IS NOT NULL) = ("kind" = 'harvesting'));
ALTER TABLE "incident_event" ADD CONSTRAINT "incident_event_kind_known" CHECK ("kind" IN ('opened', 'noted', 'owner-notified', 'authority-notified', 'prior-notice', 'disclosed', 'scope-notified', 'closed', 'dismissed'));
ALTER TABLE "incident_event" ADD CONSTRAINT "incident_event_slice_fixed" CHECK (("from_seq" IS NULL) = ("to_seq" IS NULL) AND ("from_seq" IS NULL) = ("to_hash" IS NULL) AND ("from_seq" IS NULL OR "from_seq" BETWEEN 1 AND "to_seq") AND octet_length("to_hash") = 32);
-- What was written in a notice or a decision is one paper.
ALTER TABLE "incident_event" ADD CONSTRAINT "incident_event_has_paper" CHECK ("document" IS NOT NULL OR "kind" IN ('opened', 'noted'));
-- Each happens once; only notes come again.
CREATE UNIQUE INDEX "incident_event_once" ON "incident_event"("incident", "kind") WHERE "kind" <> 'noted';

-- The order that Ek-2 4.2 asks for, and that nothing follows an end, hold for whoever writes.
CREATE FUNCTION "incident_event_in_order"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  needs TEXT := CASE NEW.kind WHEN 'disclosed' THEN 'prior-notice' WHEN 'scope-notified' THEN 'disclosed' END;
BEGIN
  IF EXISTS (SELECT FROM "incident_event" WHERE "incident" = NEW.incident AND "kind" IN ('closed', 'dismissed')) THEN
    RAISE EXCEPTION 'incident % has ended', NEW.incident USING ERRCODE = 'restrict_violation';
  END IF;
  IF needs IS NOT NULL AND NOT EXISTS (
    SELECT FROM "incident_event" WHERE "incident" = NEW.incident AND "kind" = needs AND "happened_at" <= NEW.happened_at
  ) THEN
    RAISE EXCEPTION 'incident %: % comes only after %', NEW.incident, NEW.kind, needs USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "incident_event_order" BEFORE INSERT ON "incident_event"
  FOR EACH ROW EXECUTE FUNCTION "incident_event_in_order"();

-- An entry stays as it was written.
CREATE TRIGGER "subject_request_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "subject_request"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "subject_answer_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "subject_answer"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "incident_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "incident"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "incident_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "incident_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
