-- Counts that triggers keep, so that no reader counts a million rows. They follow every change, whoever makes it; a statement changes them once, however many rows it changes.
create table dataset_count (
  state text collate "C" not null, healthy integer not null, retrievable integer not null, datasets bigint not null, bytes bigint not null, risk double precision not null,
  primary key (state, healthy, retrievable)
);
create table replica_count (
  node text collate "C" not null, member text collate "C" not null, state text collate "C" not null, replicas bigint not null, primary key (node, member, state)
);
-- By the hour (since 1970) of the last proof; -1 for none.
create table replica_age (state text collate "C" not null, hour bigint not null, replicas bigint not null, bytes bigint not null, primary key (state, hour));

insert into dataset_count select state, healthy, retrievable, count(*), sum(bytes), sum(risk) from dataset group by state, healthy, retrievable;
insert into replica_count select node, member, state, count(*) from replica group by node, member, state;
insert into replica_age select r.state, coalesce(r.verified_at / 3600000, -1), count(*), sum(d.bytes) from replica r join dataset d on d.id = r.dataset group by 1, 2;

create function dataset_counted() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    insert into dataset_count as c
      select state, healthy, retrievable, count(*), sum(bytes), sum(risk) from new_rows group by 1, 2, 3 order by 1, 2, 3
      on conflict (state, healthy, retrievable) do update set datasets = c.datasets + excluded.datasets, bytes = c.bytes + excluded.bytes, risk = c.risk + excluded.risk;
  end if;
  if tg_op <> 'INSERT' then
    insert into dataset_count as c
      select state, healthy, retrievable, -count(*), -sum(bytes), -sum(risk) from old_rows group by 1, 2, 3 order by 1, 2, 3
      on conflict (state, healthy, retrievable) do update set datasets = c.datasets + excluded.datasets, bytes = c.bytes + excluded.bytes, risk = c.risk + excluded.risk;
  end if;
  if tg_op = 'UPDATE' then
    insert into replica_age as a
      select r.state, coalesce(r.verified_at / 3600000, -1), 0, sum(n.bytes - o.bytes)
      from new_rows n join old_rows o on o.id = n.id join replica r on r.dataset = n.id where n.bytes <> o.bytes group by 1, 2 order by 1, 2
      on conflict (state, hour) do update set bytes = a.bytes + excluded.bytes;
  end if;
  return null;
end $$;
create trigger dataset_counted_new after insert on dataset referencing new table as new_rows for each statement execute function dataset_counted();
create trigger dataset_counted_gone after delete on dataset referencing old table as old_rows for each statement execute function dataset_counted();
create trigger dataset_counted_changed after update on dataset referencing old table as old_rows new table as new_rows for each statement execute function dataset_counted();

create function replica_counted() returns trigger language plpgsql as $$
begin
  if tg_op <> 'DELETE' then
    insert into replica_count as c select node, member, state, count(*) from new_rows group by 1, 2, 3 order by 1, 2, 3
      on conflict (node, member, state) do update set replicas = c.replicas + excluded.replicas;
    insert into replica_age as a
      select r.state, coalesce(r.verified_at / 3600000, -1), count(*), coalesce(sum(d.bytes), 0) from new_rows r left join dataset d on d.id = r.dataset group by 1, 2 order by 1, 2
      on conflict (state, hour) do update set replicas = a.replicas + excluded.replicas, bytes = a.bytes + excluded.bytes;
  end if;
  if tg_op <> 'INSERT' then
    insert into replica_count as c select node, member, state, -count(*) from old_rows group by 1, 2, 3 order by 1, 2, 3
      on conflict (node, member, state) do update set replicas = c.replicas + excluded.replicas;
    insert into replica_age as a
      select r.state, coalesce(r.verified_at / 3600000, -1), -count(*), -coalesce(sum(d.bytes), 0) from old_rows r left join dataset d on d.id = r.dataset group by 1, 2 order by 1, 2
      on conflict (state, hour) do update set replicas = a.replicas + excluded.replicas, bytes = a.bytes + excluded.bytes;
  end if;
  return null;
end $$;
create trigger replica_counted_new after insert on replica referencing new table as new_rows for each statement execute function replica_counted();
create trigger replica_counted_gone after delete on replica referencing old table as old_rows for each statement execute function replica_counted();
create trigger replica_counted_changed after update on replica referencing old table as old_rows new table as new_rows for each statement execute function replica_counted();

-- Serves the states' lists and the example of each cell of the matrix.
create index dataset_by_cell on dataset (state, healthy, retrievable, id);
drop index dataset_by_state;
