-- A product that is in use: a million answers in a hundred thousand conversations. The rows are
-- made up and belong together, so that their foreign keys need no check.
SET session_replication_role = replica;
SET synchronous_commit = off;

INSERT INTO workspaces (id, name, created_at)
SELECT 'w' || lpad(i::text, 8, '0'), 'Workspace', i FROM generate_series(1, 500) AS i;

INSERT INTO bots (id, workspace_id, name, public_id, source_id, document, folder_id, created_at, updated_at)
SELECT 'b' || lpad(i::text, 8, '0'), CASE WHEN i <= 1000 THEN 'wdefault' ELSE 'w' || lpad((i % 500 + 1)::text, 8, '0') END,
       'Bot', 'public-' || i, 'source-' || i, '{}', CASE WHEN i % 10 = 0 THEN 'f1' END, i, i
FROM generate_series(1, 20000) AS i;

INSERT INTO versions (id, workspace_id, bot_id, document, lock, created_at, is_preview, number)
SELECT 'v' || lpad(i::text, 8, '0'), 'wdefault', 'b' || lpad((i % 200 + 1)::text, 8, '0'), '{}', '{}', i,
       i % 10 = 0, CASE WHEN i % 10 <> 0 THEN i END
FROM generate_series(1, 80000) AS i;

INSERT INTO results (id, workspace_id, bot_id, session_id, variables, has_started, is_completed, created_at, updated_at)
SELECT 'c' || lpad(i::text, 8, '0'), 'wdefault', 'b' || lpad((CASE WHEN i % 20 = 0 THEN 1 ELSE i % 200 + 1 END)::text, 8, '0'),
       'c' || lpad(i::text, 8, '0'), '[]', true, i % 3 = 0, i, i
FROM generate_series(1, 100000) AS i;

INSERT INTO sessions (id, workspace_id, bot_id, version_id, result_id, state, turn, is_preview, created_at, updated_at)
SELECT id, workspace_id, bot_id, 'v00000001', CASE WHEN created_at % 50 <> 0 THEN id END, '{}', 3,
       created_at % 50 = 0, created_at, created_at
FROM results;

INSERT INTO answers (result_id, block_id, content, created_at)
SELECT 'c' || lpad((i / 10 + 1)::text, 8, '0'), 'b1', 'answer ' || i, i FROM generate_series(0, 999999) AS i;

INSERT INTO logs (result_id, status, description, created_at)
SELECT id, 'error', 'Something failed.', created_at FROM results;

INSERT INTO visited_edges (result_id, "index", edge_id)
SELECT id, 1, 'e' FROM results;

INSERT INTO variable_history (result_id, "index", block_id, block_index, variable_id, value)
SELECT id, 1, 'b1', 0, 'v1', '"x"' FROM results;

INSERT INTO journal (session_id, turn, workspace_id, result_id, entry, created_at)
SELECT id, i, workspace_id, result_id, 'entry', created_at FROM sessions, generate_series(1, 2) AS i;

INSERT INTO files (folder, name, workspace_id, bot_id, result_id, block_id, media_type, is_private, size, created_at)
SELECT 'folder/' || created_at, 'a.png', workspace_id, bot_id, id, 'b1', 'image/png', false, 7, created_at
FROM results WHERE created_at % 2 = 0;

INSERT INTO idempotency_keys (scope, key, workspace_id, session_id, turn, created_at)
SELECT id, 'k', workspace_id, id, 1, created_at FROM results;

INSERT INTO listener_messages (workspace_id, room, body, created_at)
SELECT workspace_id, id, '{}', created_at FROM results;

INSERT INTO edits (bot_id, revision, workspace_id, edit, inverse, created_at)
SELECT 'b' || lpad((i % 100 + 1)::text, 8, '0'), i / 100, 'wdefault', '{}', '{}', i FROM generate_series(1, 20000) AS i;

INSERT INTO audit_log (workspace_id, action, target, created_at)
SELECT CASE WHEN i % 2 = 0 THEN 'wdefault' ELSE 'w' || lpad((i % 500 + 1)::text, 8, '0') END, 'bot.published', 'b', i
FROM generate_series(1, 100000) AS i;

INSERT INTO egress_log (sent_at, workspace_id, bot_id, block, version, method, host, bytes_out, bytes_in, status)
SELECT i, 'wdefault', 'b' || lpad((i % 100 + 1)::text, 8, '0'), 'acme/b' || i % 20, '1.0.0', 'POST', 'h' || i % 500 || '.example', 1, 1, 200
FROM generate_series(1, 100000) AS i;

INSERT INTO users (id, email, created_at)
SELECT 'u' || lpad(i::text, 8, '0'), i || '@example.com', i FROM generate_series(1, 20000) AS i;

INSERT INTO members (workspace_id, user_id, role, created_at)
SELECT CASE WHEN i % 10 = 0 THEN 'wdefault' ELSE 'w' || lpad((i % 500 + 1)::text, 8, '0') END,
       'u' || lpad(i::text, 8, '0'), 'MEMBER', i
FROM generate_series(1, 20000) AS i;

INSERT INTO auth_sessions (id, user_id, digest, created_at, last_seen_at, expires_at)
SELECT 's' || i, 'u' || lpad((i % 20000 + 1)::text, 8, '0'), 'd' || i, i, i, i FROM generate_series(1, 60000) AS i;

INSERT INTO invitations (id, workspace_id, email, role, created_at, expires_at)
SELECT 'i' || i, 'w' || lpad((i % 500 + 1)::text, 8, '0'), i || '@example.com', 'MEMBER', i, i
FROM generate_series(1, 80000) AS i;

INSERT INTO api_tokens (id, workspace_id, name, digest, created_at)
SELECT 't' || i, 'w' || lpad((i % 500 + 1)::text, 8, '0'), 'CI', 'd' || i, i FROM generate_series(1, 20000) AS i;

SET session_replication_role = DEFAULT;
ANALYZE;
