-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "agreement_event" (
    "id" SERIAL NOT NULL,
    "agreement_id" TEXT NOT NULL,
    "event" JSONB NOT NULL,
    "demo" BOOLEAN NOT NULL,
    "recorded_by" TEXT NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "agreement_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dataset" (
    "id" SMALLSERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "dataset_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "data_key" (
    "id" SERIAL NOT NULL,
    "scope" TEXT NOT NULL,
    "purpose" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "wrapped" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "destroyed_at" TIMESTAMPTZ(3),

    CONSTRAINT "data_key_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" SERIAL NOT NULL,
    "dataset" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "requested_by" TEXT NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "resume_at" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "checkpoint" JSONB,
    "progress" JSONB,
    "snapshot" INTEGER,
    "error_code" TEXT,
    "error_message" TEXT,
    "error_hint" TEXT,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "snapshot" (
    "dataset" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" TEXT NOT NULL,
    "run_id" INTEGER NOT NULL,
    "source_time" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "published_at" TIMESTAMPTZ(3),
    "records" INTEGER NOT NULL,
    "added" INTEGER NOT NULL,
    "changed" INTEGER NOT NULL,
    "removed" INTEGER NOT NULL,
    "quarantined" INTEGER NOT NULL,
    "missing" JSONB NOT NULL,
    "digest" BYTEA NOT NULL,
    "reason" TEXT,
    "decided_by" TEXT,

    CONSTRAINT "snapshot_pkey" PRIMARY KEY ("dataset","version")
);

-- CreateTable
CREATE TABLE "record_version" (
    "dataset_id" SMALLINT NOT NULL,
    "id" BIGSERIAL NOT NULL,
    "key_index" BYTEA NOT NULL,
    "opened" INTEGER NOT NULL,
    "closed" INTEGER,
    "hash" BYTEA NOT NULL,
    "key_id" INTEGER NOT NULL,
    "open" JSONB NOT NULL,
    "digests" BYTEA[],
    "sealed" BYTEA,

    CONSTRAINT "record_version_pkey" PRIMARY KEY ("dataset_id","id")
) PARTITION BY LIST ("dataset_id");

-- CreateTable
CREATE TABLE "quarantine" (
    "id" SERIAL NOT NULL,
    "dataset" TEXT NOT NULL,
    "first_run" INTEGER NOT NULL,
    "last_run" INTEGER NOT NULL,
    "page" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "field" TEXT,
    "kind" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "key_index" BYTEA,
    "key_id" INTEGER NOT NULL,
    "sealed" BYTEA NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "quarantine_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "access_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "request_id" TEXT NOT NULL,
    "party" TEXT,
    "action" TEXT NOT NULL,
    "dataset" TEXT,
    "snapshot" INTEGER,
    "grant_id" TEXT,
    "fields" TEXT[],
    "purpose" TEXT,
    "decision" TEXT NOT NULL,
    "code" TEXT,
    "article" TEXT,
    "subject" BYTEA,

    CONSTRAINT "access_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operation_log" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "detail" JSONB NOT NULL,

    CONSTRAINT "operation_log_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "party_token" (
    "id" SERIAL NOT NULL,
    "party" TEXT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "party_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "source_usage" (
    "source" TEXT NOT NULL,
    "day" TEXT NOT NULL,
    "used" INTEGER NOT NULL,

    CONSTRAINT "source_usage_pkey" PRIMARY KEY ("source","day")
);

-- CreateTable
CREATE TABLE "installation" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "agreement_event_agreement_id_idx" ON "agreement_event"("agreement_id");

-- CreateIndex
CREATE UNIQUE INDEX "dataset_name_key" ON "dataset"("name");

-- CreateIndex
CREATE UNIQUE INDEX "data_key_scope_purpose_version_key" ON "data_key"("scope", "purpose", "version");

-- CreateIndex
CREATE INDEX "run_status_idx" ON "run"("status");

-- CreateIndex
CREATE INDEX "run_dataset_id_idx" ON "run"("dataset", "id");

-- CreateIndex
CREATE INDEX "record_version_opened_idx" ON "record_version" USING BRIN ("opened");

-- CreateIndex
CREATE INDEX "quarantine_dataset_status_idx" ON "quarantine"("dataset", "status");

-- CreateIndex
CREATE UNIQUE INDEX "quarantine_dataset_fingerprint_reason_key" ON "quarantine"("dataset", "fingerprint", "reason");

-- CreateIndex
CREATE INDEX "access_log_at_idx" ON "access_log"("at");

-- CreateIndex
CREATE UNIQUE INDEX "party_token_sha256_key" ON "party_token"("sha256");


-- What follows Prisma's schema language cannot say.

-- One current version of a record: nothing is ever there twice.
CREATE UNIQUE INDEX "record_version_current" ON "record_version" ("dataset_id", "key_index") WHERE "closed" IS NULL;
-- Past versions of one record, and what a snapshot closed.
CREATE INDEX "record_version_past" ON "record_version" ("dataset_id", "key_index") WHERE "closed" IS NOT NULL;
CREATE INDEX "record_version_closed" ON "record_version" ("dataset_id", "closed") WHERE "closed" IS NOT NULL;

-- One live run, and one snapshot awaiting a decision, per dataset.
CREATE UNIQUE INDEX "run_live" ON "run" ("dataset") WHERE "status" IN ('queued', 'running', 'waiting');
CREATE UNIQUE INDEX "snapshot_undecided" ON "snapshot" ("dataset") WHERE "status" IN ('pending', 'held');

ALTER TABLE "run" ADD CONSTRAINT "run_status_known"
  CHECK ("status" IN ('queued', 'running', 'waiting', 'succeeded', 'held', 'failed', 'cancelled'));
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_status_known"
  CHECK ("status" IN ('pending', 'held', 'published', 'rejected', 'superseded'));

-- Logs and events are written once and stay.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER "access_log_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "access_log"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "operation_log_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "operation_log"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "agreement_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "agreement_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Records on their way in; a table per run, unlogged, gone when the run is done.
CREATE SCHEMA "staging";
