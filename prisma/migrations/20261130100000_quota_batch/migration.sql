-- Reserves several requests as if each came alone, in the order of the arrays within those of one day, dataset, mode, party, unit and
-- person. Those are checked, counted and written together where none of them was counted before and all of them fit; else one by one.
-- A row for those that were counted together, whose `standings` are as they were before the first of them; or one for a single request,
-- as "quota_reserve" has it. Whoever calls sorts by dataset and party: locks are taken in the order of the arrays.
CREATE FUNCTION "quota_reserve_all"(
  p_day date[], p_key bytea[], p_at timestamptz[], p_dataset text[], p_mode text[], p_party text[], p_unit text[], p_person int[],
  p_queries int[], p_records bigint[], OUT members int[], OUT pass int, OUT standings jsonb
) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
  alike record;
  fits boolean;
  i int;
BEGIN
  FOR alike IN
    SELECT a.day, a.dataset, a.mode, a.party, a.unit, a.person, array_agg(a.i::int ORDER BY a.i) AS places,
           array_agg(a.key ORDER BY a.i) AS keys, array_agg(a.at ORDER BY a.i) AS ats, array_agg(a.queries ORDER BY a.i) AS queries,
           array_agg(a.records ORDER BY a.i) AS records, sum(a.queries) AS more_queries, sum(a.records)::bigint AS more_records,
           count(DISTINCT a.key) = count(*) AND min(a.queries) >= 0 AND min(a.records) >= 0 AS plain
      FROM unnest(p_day, p_key, p_at, p_dataset, p_mode, p_party, p_unit, p_person, p_queries, p_records)
           WITH ORDINALITY AS a (day, key, at, dataset, mode, party, unit, person, queries, records, i)
     GROUP BY a.day, a.dataset, a.mode, a.party, a.unit, a.person
     ORDER BY min(a.i)
  LOOP
    PERFORM "quota_lock"(alike.dataset, alike.party);
    fits := false;
    IF alike.plain THEN
      SELECT coalesce(bool_and(s.added = 0 OR s.used + s.added <= s.most), true)
               AND NOT EXISTS (SELECT FROM "quota_charge" c WHERE c."day" = alike.day AND c."key" = ANY (alike.keys)),
             coalesce(jsonb_agg(jsonb_build_object('scope', s.scope, 'what', s.what, 'mode', s.mode, 'limit', s.most, 'used', s.used)
                                ORDER BY s.place), '[]')
        INTO fits, standings
        FROM (SELECT *, CASE what WHEN 'queries' THEN alike.more_queries ELSE alike.more_records END AS added
                FROM "quota_standings"(alike.day, alike.dataset, alike.mode, alike.party, alike.unit, alike.person)
                     WITH ORDINALITY AS q (scope, what, mode, most, used, place)) s;
    END IF;
    IF fits THEN
      IF alike.more_queries > 0 OR alike.more_records > 0 THEN
        PERFORM "quota_count"(alike.day, alike.dataset, alike.mode, alike.party, alike.unit, alike.person,
                              alike.more_queries::int, alike.more_records);
      END IF;
      INSERT INTO "quota_charge" ("day", "key", "dataset", "mode", "party", "unit", "person", "queries", "reserved", "passes", "open", "at")
      SELECT alike.day, m.key, alike.dataset, alike.mode, alike.party, alike.unit, alike.person, m.queries, m.records, 1, '{1}', m.at
        FROM unnest(alike.keys, alike.ats, alike.queries, alike.records) AS m (key, at, queries, records);
      members := alike.places;
      pass := 1;
      RETURN NEXT;
    ELSE
      FOREACH i IN ARRAY alike.places LOOP
        members := ARRAY[i];
        SELECT r.pass, r.standings INTO pass, standings
          FROM "quota_reserve"(p_day[i], p_key[i], p_at[i], p_dataset[i], p_mode[i], p_party[i], p_unit[i], p_person[i], p_queries[i],
                               p_records[i]) AS r;
        RETURN NEXT;
      END LOOP;
    END IF;
  END LOOP;
END
$$;
