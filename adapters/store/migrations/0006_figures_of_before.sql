-- The messages of the release before, counted after the triggers are there (file names decide): these
-- hold their tables until the commit, so that none arrives or changes without being counted.
INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    SELECT begun_at / 60000000, 'sms', country, route, coalesce(operator, ''), state,
        count(*), CAST(sum(cost) AS BIGINT)
    FROM attempt GROUP BY begun_at / 60000000, country, route, coalesce(operator, ''), state;
INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
    SELECT queued_at / 60000000, 'email', coalesce(destination, ''), coalesce(route, ''), '', state,
        count(*), 0
    FROM delivery WHERE kind <> 'password'
    GROUP BY queued_at / 60000000, coalesce(destination, ''), coalesce(route, ''), state;
