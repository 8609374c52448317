-- AlterTable
ALTER TABLE "reconciliation" ADD COLUMN     "derive_millis" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "millis" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "whole" BOOLEAN NOT NULL DEFAULT true;

-- AlterTable
ALTER TABLE "snapshot" ADD COLUMN     "inputs" JSONB;

-- CreateTable
CREATE TABLE "rule_threshold" (
    "rule" TEXT NOT NULL,
    "threshold" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rule_threshold_pkey" PRIMARY KEY ("rule","threshold")
);

-- CreateIndex
CREATE INDEX "finding_subject_idx" ON "finding"("subject");


-- What follows Prisma's schema language cannot say.

-- Narrow copies of what the rules compare; unlogged, and made anew after a crash.
CREATE SCHEMA "compare";
