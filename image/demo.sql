-- Works through the sources of the system that runs it: /demo/source.csv has a row per line of
-- Copper's engine. The database is the file /tmp/demo.db, whatever was opened
-- before; when booted that is memory. It is written, closed and read back.
.open /tmp/demo.db
.bail on
.headers on
.mode column
DROP TABLE IF EXISTS source;
DROP TABLE IF EXISTS page;
CREATE TABLE source(path TEXT, line INTEGER, text TEXT);
BEGIN;
.import --csv --skip 1 /demo/source.csv source
COMMIT;
CREATE INDEX source_path ON source(path, line);

.open /tmp/demo.db
PRAGMA integrity_check;

.print
.print What Copper is made of
SELECT rtrim(path, replace(path, '/', '')) AS folder,
       count(DISTINCT path) AS files,
       count(*) AS lines,
       sum(length(text) + 1) AS bytes,
       CAST(100.0 * sum(trim(text) GLOB '/[*]*' OR trim(text) GLOB '[*]*'
                         OR trim(text) GLOB '#*' OR trim(text) GLOB '//*') / count(*) AS INTEGER) || ' %' AS remarks
FROM source GROUP BY folder ORDER BY lines DESC, folder LIMIT 12;

.print
.print The longest files
SELECT path, max(line) AS lines, max(length(text)) AS widest
FROM source WHERE path GLOB '*.[chS]' GROUP BY path ORDER BY lines DESC, path LIMIT 6;

.print
.print Headers that most files include
WITH included AS (
    SELECT path, substr(text, 11, instr(text, '>') - 11) AS header
    FROM source WHERE text GLOB '#include <*/*>')
SELECT header, count(*) AS files FROM included GROUP BY header ORDER BY files DESC, header LIMIT 6;

.print
.print The most frequent words of the remarks
WITH RECURSIVE remark(rest) AS (
    SELECT lower(replace(replace(replace(replace(trim(text), ',', ' '), '.', ' '), '(', ' '), ':', ' ')) || ' '
    FROM source WHERE trim(text) GLOB '[*] *' OR trim(text) GLOB '/[*] *'
), word(word, rest) AS (
    SELECT '', rest FROM remark
    UNION ALL
    SELECT substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1)
    FROM word WHERE rest <> ''
)
SELECT word, count(*) AS times FROM word WHERE length(word) > 6 AND word NOT GLOB '*-*'
GROUP BY word ORDER BY times DESC, word LIMIT 8;

.print
.print Where mailboxes are spoken of (a full-text index)
CREATE VIRTUAL TABLE page USING fts5(path, text);
INSERT INTO page SELECT path, group_concat(text, char(10)) FROM (
    SELECT path, text FROM source ORDER BY path, line) GROUP BY path;
SELECT path, round(-rank, 2) AS weight FROM page WHERE page MATCH 'mailbox' ORDER BY rank, path LIMIT 5;

.print
.print A checksum of every line, in a 64-bit recurrence
SELECT count(*) AS lines, printf('%016x', sum((length(text) * 2654435761 + unicode(text || ' ') * 40503 + line) % 4294967291)) AS checksum
FROM source;
