-- A finding whose details change keeps its place in every index if its page has room for the new version.
ALTER TABLE "finding" SET (fillfactor = 80);
