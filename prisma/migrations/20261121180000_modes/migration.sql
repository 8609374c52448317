-- AlterTable
ALTER TABLE "run" ADD COLUMN     "parts" INTEGER,
ADD COLUMN     "slot_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "run_part" (
    "id" SERIAL NOT NULL,
    "run_id" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "pass" INTEGER NOT NULL DEFAULT 1,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "share" JSONB NOT NULL,
    "checkpoint" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "resume_at" TIMESTAMPTZ(3),
    "error_code" TEXT,

    CONSTRAINT "run_part_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "schedule" (
    "dataset" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "cron" TEXT,
    "paused" BOOLEAN NOT NULL DEFAULT false,
    "changed_by" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "schedule_pkey" PRIMARY KEY ("dataset","mode")
);

-- CreateTable
CREATE TABLE "slot" (
    "dataset" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'due',
    "claimed_at" TIMESTAMPTZ(3) NOT NULL,
    "run_id" INTEGER,
    "error_code" TEXT,

    CONSTRAINT "slot_pkey" PRIMARY KEY ("dataset","mode","at")
);

-- CreateTable
CREATE TABLE "year_reference" (
    "dataset" TEXT NOT NULL,
    "year" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "run_id" INTEGER NOT NULL,
    "report" JSONB NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "year_reference_pkey" PRIMARY KEY ("dataset","year")
);

-- CreateTable
CREATE TABLE "lookup" (
    "id" UUID NOT NULL,
    "party" TEXT NOT NULL,
    "dataset" TEXT NOT NULL,
    "purpose" TEXT,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "repeat_key" BYTEA,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "claimed_until" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "key_id" INTEGER NOT NULL,
    "request" BYTEA,
    "answer" BYTEA,
    "subject" BYTEA,
    "error_code" TEXT,

    CONSTRAINT "lookup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "process" (
    "id" SERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "pulls" INTEGER NOT NULL,
    "lookups" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "process_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "source_error" (
    "source" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "count" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "source_error_pkey" PRIMARY KEY ("source","code")
);

-- CreateIndex
CREATE UNIQUE INDEX "run_part_run_id_number_key" ON "run_part"("run_id", "number");

-- CreateIndex
CREATE INDEX "slot_status_idx" ON "slot"("status");

-- CreateIndex
CREATE INDEX "lookup_status_idx" ON "lookup"("status");

-- CreateIndex
CREATE UNIQUE INDEX "lookup_party_dataset_repeat_key_key" ON "lookup"("party", "dataset", "repeat_key");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "run_part" ADD CONSTRAINT "run_part_status_known"
  CHECK ("status" IN ('queued', 'running', 'waiting', 'done'));
ALTER TABLE "slot" ADD CONSTRAINT "slot_status_known"
  CHECK ("status" IN ('due', 'started', 'joined', 'missed', 'refused'));
ALTER TABLE "lookup" ADD CONSTRAINT "lookup_status_known"
  CHECK ("status" IN ('queued', 'running', 'answered', 'failed', 'delivered', 'expired'));
ALTER TABLE "snapshot" DROP CONSTRAINT "snapshot_status_known";
ALTER TABLE "snapshot" ADD CONSTRAINT "snapshot_status_known"
  CHECK ("status" IN ('pending', 'held', 'published', 'rejected', 'superseded', 'expired'));

-- Requests wake whoever waits for them; a sweep finds what a lost message leaves behind.
CREATE FUNCTION "tell_kopru"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('kopru', TG_ARGV[0]);
  RETURN NULL;
END $$;
CREATE TRIGGER "run_due" AFTER INSERT OR UPDATE OF "resume_at" ON "run" FOR EACH STATEMENT EXECUTE FUNCTION "tell_kopru"('run');
CREATE TRIGGER "part_due" AFTER INSERT OR UPDATE OF "status", "resume_at" ON "run_part" FOR EACH STATEMENT EXECUTE FUNCTION "tell_kopru"('run');
CREATE TRIGGER "slot_due" AFTER INSERT ON "slot" FOR EACH STATEMENT EXECUTE FUNCTION "tell_kopru"('slot');
CREATE TRIGGER "schedule_changed" AFTER INSERT OR UPDATE OR DELETE ON "schedule" FOR EACH STATEMENT EXECUTE FUNCTION "tell_kopru"('schedule');

-- With the row's number: a run that is to stop, a look-up that is to be asked, and one that is answered.
CREATE FUNCTION "tell_kopru_of"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('kopru', TG_ARGV[0] || ':' || NEW."id");
  RETURN NULL;
END $$;
CREATE TRIGGER "run_cancelled" AFTER UPDATE OF "status" ON "run" FOR EACH ROW WHEN (NEW."status" = 'cancelled')
  EXECUTE FUNCTION "tell_kopru_of"('stop');
CREATE TRIGGER "lookup_asked" AFTER INSERT ON "lookup" FOR EACH ROW EXECUTE FUNCTION "tell_kopru_of"('ask');
CREATE TRIGGER "lookup_told" AFTER UPDATE OF "status" ON "lookup" FOR EACH ROW WHEN (NEW."status" IN ('answered', 'failed'))
  EXECUTE FUNCTION "tell_kopru_of"('told');
