-- Writes turns of different sessions. Every parameter but $15 is a column of rows, as an array.
-- Gives the sessions that were still where their turns had read them; the others' rows are left out.
WITH started AS (
    INSERT INTO sessions (id, workspace_id, bot_id, version_id, result_id, state, turn, is_preview,
                          created_at, updated_at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::bigint[], $8::boolean[], $9::bigint[], $10::bigint[])
    RETURNING id
), advanced AS (
    UPDATE sessions SET state = next.state, turn = sessions.turn + 1, updated_at = $15::bigint
    FROM unnest($11::text[], $12::bigint[], $13::text[], $14::text[])
        AS next (id, turn, state, workspace_id)
    WHERE sessions.id = next.id AND sessions.turn = next.turn
        AND sessions.workspace_id = next.workspace_id
    RETURNING sessions.id
), ended AS (
    DELETE FROM sessions
    USING unnest($16::text[], $17::bigint[], $18::text[]) AS last (id, turn, workspace_id)
    WHERE sessions.id = last.id AND sessions.turn = last.turn
        AND sessions.workspace_id = last.workspace_id
    RETURNING sessions.id
), kept AS (
    SELECT id FROM started UNION ALL SELECT id FROM advanced UNION ALL SELECT id FROM ended
), saved_results AS (
    -- Two conversations may share a result; the last word counts.
    INSERT INTO results (id, workspace_id, bot_id, session_id, variables, has_started,
                         is_completed, is_archived, created_at, updated_at)
    SELECT DISTINCT ON (id) id, workspace_id, bot_id, session_id, variables, has_started,
        is_completed, false, $15::bigint, $15::bigint
    FROM unnest($19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::boolean[],
                $25::boolean[]) WITH ORDINALITY
        AS new (id, workspace_id, bot_id, session_id, variables, has_started, is_completed, place)
    WHERE session_id IN (SELECT id FROM kept)
    ORDER BY id, place DESC
    ON CONFLICT (id) DO UPDATE SET session_id = excluded.session_id,
        variables = excluded.variables,
        has_started = results.has_started OR excluded.has_started,
        is_completed = results.is_completed OR excluded.is_completed,
        updated_at = excluded.updated_at
    WHERE results.workspace_id = excluded.workspace_id
), added_answers AS (
    INSERT INTO answers (result_id, block_id, content, attached_file_urls, created_at)
    SELECT result_id, block_id, content, attached_file_urls, $15::bigint
    FROM unnest($26::text[], $27::text[], $28::text[], $29::text[], $30::text[]) WITH ORDINALITY
        AS new (session_id, result_id, block_id, content, attached_file_urls, place)
    WHERE session_id IN (SELECT id FROM kept)
    ORDER BY place
), added_logs AS (
    INSERT INTO logs (result_id, status, description, details, context, created_at)
    SELECT result_id, status, description, details, context, $15::bigint
    FROM unnest($31::text[], $32::text[], $33::text[], $34::text[], $35::text[], $36::text[])
        WITH ORDINALITY
        AS new (session_id, result_id, status, description, details, context, place)
    WHERE session_id IN (SELECT id FROM kept)
    ORDER BY place
), added_edges AS (
    INSERT INTO visited_edges (result_id, "index", edge_id)
    SELECT result_id, "index", edge_id
    FROM unnest($37::text[], $38::text[], $39::integer[], $40::text[])
        AS new (session_id, result_id, "index", edge_id)
    WHERE session_id IN (SELECT id FROM kept)
    ON CONFLICT DO NOTHING
), added_changes AS (
    INSERT INTO variable_history (result_id, "index", block_id, block_index, variable_id, value)
    SELECT result_id, "index", block_id, block_index, variable_id, value
    FROM unnest($41::text[], $42::text[], $43::integer[], $44::text[], $45::integer[], $46::text[],
                $47::text[])
        AS new (session_id, result_id, "index", block_id, block_index, variable_id, value)
    WHERE session_id IN (SELECT id FROM kept)
    ON CONFLICT DO NOTHING
), appended AS (
    INSERT INTO journal (session_id, turn, workspace_id, result_id, entry, created_at)
    SELECT * FROM unnest($48::text[], $49::bigint[], $50::text[], $51::text[], $52::bytea[],
                         $53::bigint[])
        AS new (session_id, turn, workspace_id, result_id, entry, created_at)
    WHERE session_id IN (SELECT id FROM kept)
), added_keys AS (
    INSERT INTO idempotency_keys (scope, key, workspace_id, session_id, turn, created_at)
    SELECT * FROM unnest($54::text[], $55::text[], $56::text[], $57::text[], $58::bigint[],
                         $59::bigint[])
        AS new (scope, key, workspace_id, session_id, turn, created_at)
    WHERE session_id IN (SELECT id FROM kept)
)
SELECT id FROM kept
