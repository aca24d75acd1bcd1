package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// The keys of both ends have types of their own, so that they cannot be mistaken for each other.
type (
	User    int64
	Project int64
)

// Membership is the through value: the columns of the join table besides its keys.
type Membership struct {
	Role  string    `db:"role"`
	Since time.Time `db:"since"`
}

// service has the relation, what is derived from it, and the database.
type service struct {
	db      *sql.DB
	members *junction.ManyToMany[User, Project, Membership]
	roles   roles

	stop    context.CancelFunc // ends the goroutines
	running sync.WaitGroup
}

// open loads the memberships, and begins to follow the database and to keep the roles.
func open(ctx context.Context, address string) (*service, error) {
	db, postgres, err := openDatabase(address)
	if err != nil {
		return nil, err
	}
	store := sqlstore.New(db, sqlstore.Detect, table)
	store.Create = true
	graph := junction.NewGraph(&junction.Options{Store: store})
	members := junction.Relate[User, Project, Membership](graph, "members")
	if postgres != nil {
		store.Notified = postgres.wait
		err = createTriggers(ctx, db, graph)
	}
	if err == nil {
		err = graph.Open(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &service{db: db, members: members}
	s.start()
	return s, nil
}

// createTriggers makes PostgreSQL say what other programs change. Without them the service compares
// the whole table once a minute.
func createTriggers(ctx context.Context, db *sql.DB, graph *junction.Graph) error {
	schema, err := graph.Schema()
	if err != nil {
		return err
	}
	if err := sqlstore.Create(ctx, db, sqlstore.Postgres, schema, table); err != nil {
		return err
	}
	return sqlstore.CreateTriggers(ctx, db, "main", schema, table)
}

// table says where the memberships are.
var table = sqlstore.Table{Relation: "members", Name: "project_users", Left: "user_id", Right: "project_id"}

// start runs the goroutines of the service: one takes in what other programs write, one keeps the
// roles. Both end with the service.
func (s *service) start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.members.Graph().Follow(ctx, time.Minute) })
	s.running.Go(func() { s.roles.keep(ctx, s.members) })
}

// Close ends the goroutines, then the graph, then the database.
func (s *service) Close() error {
	s.stop()
	s.running.Wait()
	return errors.Join(s.members.Graph().Close(), s.db.Close())
}

// openDatabase opens the database of an address. For PostgreSQL it returns what waits for its
// notifications, too.
func openDatabase(address string) (*sql.DB, *notifications, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "sqlite":
		db, err := sql.Open("sqlite", fileURL(rest))
		return db, nil, err
	case "postgres", "postgresql":
		config, err := pgx.ParseConfig(address)
		if err != nil {
			return nil, nil, err
		}
		return stdlib.OpenDB(*config), &notifications{config: config}, nil
	}
	return nil, nil, fmt.Errorf("-db wants postgres://... or sqlite:FILE, have %q", scheme)
}

// fileURL makes SQLite wait for the disk at each commit and for other writers.
func fileURL(file string) string {
	u := url.URL{
		Scheme:   "file",
		OmitHost: true,
		Path:     filepath.ToSlash(file),
		RawQuery: "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)",
	}
	return u.String()
}

// notifications waits for the notifications of PostgreSQL, which the triggers of
// sqlstore.CreateTriggers send, on a connection of its own.
type notifications struct {
	config *pgx.ConnConfig
	conn   *pgx.Conn
}

// wait returns when another program may have changed something. A connection that fails is given
// up: the next call, which Follow makes after a pause, opens a new one.
func (n *notifications) wait(ctx context.Context) error {
	if n.conn == nil {
		if err := n.listen(ctx); err != nil {
			return err
		}
		return nil // what came before LISTEN was not heard: look once
	}
	_, err := n.conn.WaitForNotification(ctx)
	if err != nil {
		n.conn.Close(context.Background())
		n.conn = nil
	}
	return err
}

func (n *notifications) listen(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, n.config)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN junction"); err != nil {
		return errors.Join(err, conn.Close(context.Background()))
	}
	n.conn = conn
	return nil
}
