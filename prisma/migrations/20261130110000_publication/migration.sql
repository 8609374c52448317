-- CreateTable
CREATE TABLE "consent" (
    "id" SERIAL NOT NULL,
    "agreement_id" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "beneficiary" TEXT NOT NULL,
    "dataset" TEXT NOT NULL,
    "statistic" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "asked_by" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "consent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consent_decision" (
    "id" SERIAL NOT NULL,
    "consent_id" INTEGER NOT NULL,
    "what" TEXT NOT NULL,
    "from_date" DATE,
    "until_date" DATE,
    "document" TEXT NOT NULL,
    "approver" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "consent_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "publication" (
    "id" SERIAL NOT NULL,
    "agreement_id" TEXT NOT NULL,
    "statistic" TEXT NOT NULL,
    "population" TEXT NOT NULL,
    "publisher" TEXT NOT NULL,
    "proposed_by" INTEGER NOT NULL,
    "sources" JSONB NOT NULL,
    "table" JSONB NOT NULL,
    "digest" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "publication_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "publication_event" (
    "id" SERIAL NOT NULL,
    "publication_id" INTEGER NOT NULL,
    "what" TEXT NOT NULL,
    "party" TEXT NOT NULL,
    "person" INTEGER NOT NULL,
    "digest" TEXT,
    "named" BOOLEAN,
    "grounds" JSONB,
    "document" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "by" TEXT NOT NULL,

    CONSTRAINT "publication_event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "consent_agreement_id_owner_idx" ON "consent"("agreement_id", "owner");

-- CreateIndex
CREATE INDEX "consent_decision_consent_id_idx" ON "consent_decision"("consent_id");

-- CreateIndex
CREATE INDEX "publication_agreement_id_population_idx" ON "publication"("agreement_id", "population");

-- CreateIndex
CREATE INDEX "publication_event_publication_id_idx" ON "publication_event"("publication_id");


-- What follows Prisma's schema language cannot say.

-- Nobody asks oneself.
ALTER TABLE "consent" ADD CONSTRAINT "consent_not_own" CHECK ("owner" <> "beneficiary");
ALTER TABLE "consent_decision" ADD CONSTRAINT "consent_decision_known" CHECK ("what" IN ('granted', 'refused', 'withdrawn'));
ALTER TABLE "consent_decision" ADD CONSTRAINT "consent_decision_days"
  CHECK (("what" = 'granted') = ("from_date" IS NOT NULL AND "until_date" IS NOT NULL AND "until_date" >= "from_date"));
-- A consent is decided once, and withdrawn once.
CREATE UNIQUE INDEX "consent_decision_once" ON "consent_decision" ("consent_id") WHERE "what" IN ('granted', 'refused');
CREATE UNIQUE INDEX "consent_decision_withdrawn_once" ON "consent_decision" ("consent_id") WHERE "what" = 'withdrawn';
ALTER TABLE "publication" ADD CONSTRAINT "publication_digest_hex" CHECK ("digest" ~ '^[0-9a-f]{64}$');
ALTER TABLE "publication_event" ADD CONSTRAINT "publication_event_known" CHECK ("what" IN ('approved', 'declined', 'published', 'withdrawn'));
ALTER TABLE "publication_event" ADD CONSTRAINT "publication_event_approval" CHECK (("what" = 'approved') = ("digest" IS NOT NULL AND "named" IS NOT NULL));
ALTER TABLE "publication_event" ADD CONSTRAINT "publication_event_grounds" CHECK (("what" = 'published') = ("grounds" IS NOT NULL));
CREATE UNIQUE INDEX "publication_event_once" ON "publication_event" ("publication_id", "what") WHERE "what" <> 'approved';
CREATE UNIQUE INDEX "publication_event_approved_once" ON "publication_event" ("publication_id", "party") WHERE "what" = 'approved';

CREATE TRIGGER "consent_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "consent"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "consent_decision_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "consent_decision"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "publication_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "publication"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "publication_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "publication_event"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
