-- Each change of a message leaves what it adds to the figures, and what it takes from them.
CREATE FUNCTION reassort_figures_of_attempt() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
        VALUES (OLD.begun_at / 60000000, 'sms', OLD.country, OLD.route, coalesce(OLD.operator, ''),
            OLD.state, -1, -OLD.cost){;}
    END IF{;}
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
        VALUES (NEW.begun_at / 60000000, 'sms', NEW.country, NEW.route, coalesce(NEW.operator, ''),
            NEW.state, 1, NEW.cost){;}
    END IF{;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER figures_of_attempt AFTER INSERT OR DELETE ON attempt
FOR EACH ROW EXECUTE FUNCTION reassort_figures_of_attempt();
CREATE TRIGGER figures_of_attempt_changed AFTER UPDATE ON attempt
FOR EACH ROW WHEN (NEW.state <> OLD.state OR NEW.operator IS DISTINCT FROM OLD.operator
    OR NEW.begun_at / 60000000 <> OLD.begun_at / 60000000)
EXECUTE FUNCTION reassort_figures_of_attempt();

CREATE FUNCTION reassort_figures_of_delivery() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
        VALUES (OLD.queued_at / 60000000, 'email', coalesce(OLD.destination, ''),
            coalesce(OLD.route, ''), '', OLD.state, -1, 0){;}
    END IF{;}
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO figure_difference (minute, figure, place, route, operator, state, messages, cost)
        VALUES (NEW.queued_at / 60000000, 'email', coalesce(NEW.destination, ''),
            coalesce(NEW.route, ''), '', NEW.state, 1, 0){;}
    END IF{;}
    RETURN NULL{;}
END $body$;
CREATE TRIGGER figures_of_delivery_added AFTER INSERT ON delivery
FOR EACH ROW WHEN (NEW.kind <> 'password') EXECUTE FUNCTION reassort_figures_of_delivery();
CREATE TRIGGER figures_of_delivery_deleted AFTER DELETE ON delivery
FOR EACH ROW WHEN (OLD.kind <> 'password') EXECUTE FUNCTION reassort_figures_of_delivery();
CREATE TRIGGER figures_of_delivery_changed AFTER UPDATE ON delivery
FOR EACH ROW WHEN (NEW.kind <> 'password' AND (NEW.state <> OLD.state
    OR NEW.destination IS DISTINCT FROM OLD.destination OR NEW.route IS DISTINCT FROM OLD.route))
EXECUTE FUNCTION reassort_figures_of_delivery();
