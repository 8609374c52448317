-- CreateTable
CREATE TABLE "finding" (
    "id" SERIAL NOT NULL,
    "agreement_id" TEXT NOT NULL,
    "rule" TEXT NOT NULL,
    "subject" BYTEA NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "detail" JSONB NOT NULL,
    "dataset" TEXT NOT NULL,
    "record_id" BIGINT NOT NULL,
    "field" TEXT NOT NULL,
    "first_seen" TIMESTAMPTZ(3) NOT NULL,
    "last_seen" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "snapshots" JSONB NOT NULL,
    "acknowledged_by" TEXT,
    "assigned_to" TEXT,
    "muted_until" TIMESTAMPTZ(3),

    CONSTRAINT "finding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "finding_event" (
    "id" BIGSERIAL NOT NULL,
    "finding_id" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "what" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "note" TEXT,

    CONSTRAINT "finding_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reconciliation" (
    "id" SERIAL NOT NULL,
    "agreement_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "snapshots" JSONB NOT NULL,
    "opened" INTEGER NOT NULL,
    "reopened" INTEGER NOT NULL,
    "changed" INTEGER NOT NULL,
    "closed" INTEGER NOT NULL,
    "open" INTEGER NOT NULL,

    CONSTRAINT "reconciliation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "finding_status_rule_idx" ON "finding"("status", "rule");

-- CreateIndex
CREATE UNIQUE INDEX "finding_agreement_id_rule_subject_key" ON "finding"("agreement_id", "rule", "subject");

-- CreateIndex
CREATE INDEX "finding_event_finding_id_idx" ON "finding_event"("finding_id");

-- CreateIndex
CREATE INDEX "reconciliation_agreement_id_id_idx" ON "reconciliation"("agreement_id", "id");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "finding" ADD CONSTRAINT "finding_status_known" CHECK ("status" IN ('open', 'closed'));
CREATE TRIGGER "finding_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "finding_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
