-- CreateTable
CREATE TABLE "institution_certificate" (
    "id" SERIAL NOT NULL,
    "party" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "subject" TEXT NOT NULL,
    "serial" TEXT NOT NULL,
    "not_before" TIMESTAMPTZ(3) NOT NULL,
    "not_after" TIMESTAMPTZ(3) NOT NULL,
    "document" TEXT NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,
    "added_by" TEXT NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "revoked_by" TEXT,
    "revoked_reason" TEXT,

    CONSTRAINT "institution_certificate_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "address_rule" (
    "id" SERIAL NOT NULL,
    "party" TEXT NOT NULL,
    "unit" TEXT,
    "cidr" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "document" TEXT NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,
    "added_by" TEXT NOT NULL,
    "removed_at" TIMESTAMPTZ(3),
    "removed_by" TEXT,

    CONSTRAINT "address_rule_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "institution_certificate_fingerprint_key" ON "institution_certificate"("fingerprint");

-- CreateIndex
CREATE INDEX "institution_certificate_party_idx" ON "institution_certificate"("party");

-- CreateIndex
CREATE INDEX "address_rule_party_idx" ON "address_rule"("party");


-- What follows Prisma's schema language cannot say.

ALTER TABLE "institution_certificate" ADD CONSTRAINT "institution_certificate_sha256" CHECK (octet_length("fingerprint") = 32);
-- What is in force is there once.
CREATE UNIQUE INDEX "address_rule_in_force" ON "address_rule"("party", coalesce("unit", ''), "cidr") WHERE "removed_at" IS NULL;
