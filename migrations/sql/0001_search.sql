-- Search in any script: text is folded (width, case, kana stay apart) and cut into overlapping pairs of characters,
-- which a GIN index holds. Two characters are enough to find something, also in Japanese, and no extension is needed.
CREATE FUNCTION search_fold(input text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(normalize(input, NFKC));

CREATE FUNCTION search_pairs(folded text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
  SELECT DISTINCT substr(line, at, 2)
  FROM string_to_table(folded, chr(10)) AS line, generate_series(1, length(line) - 1) AS at
);
