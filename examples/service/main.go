// Service is a small web service that answers who may do what in which project, from memory, and
// keeps its answers in the join table of a database that other programs write, too:
//
//	go -C examples/service run .                                     # in a SQLite file, removed at the end
//	go -C examples/service run . -db postgres://ada@localhost/example
//
//	curl -X PUT -d '{"role":"owner"}' localhost:8080/projects/7/members/1
//	curl localhost:8080/projects/7/members
//	curl 'localhost:8080/allowed?user=1&project=7&role=guest'
//	curl localhost:8080/users/1/projects
//	curl localhost:8080/roles
//	curl localhost:8080/health
//
// It shows four things that such services need. Lookups come from memory (handlers.go). Writes
// are in the database before they are visible (handlers.go). Changes by other programs arrive
// while it runs, at once in PostgreSQL (members.go). A value derived from the relation is kept up
// to date by a watch (roles.go).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	address := flag.String("http", "localhost:8080", "the address to serve on")
	db := flag.String("db", "", "the database, postgres://... or sqlite:FILE; a file that is removed at the end if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *address, *db); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, address, database string) error {
	if database == "" {
		dir, err := os.MkdirTemp("", "service-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		database = "sqlite:" + filepath.Join(dir, "service.db")
	}
	s, err := open(ctx, database)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	slog.Info("serving", "address", listener.Addr().String())
	return errors.Join(serve(ctx, listener, s.handler()), s.Close())
}

// serve handles requests until ctx ends, and lets those that have begun finish.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(patience)
}
