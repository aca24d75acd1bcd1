package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"

	"github.com/seed-250bd433/junction"
)

// roles counts the memberships of each role: a value that is derived from the relation, and kept
// up to date by its changes, whoever makes them. Counting them all for each request would cost
// O(edges).
type roles struct {
	mu     sync.Mutex
	number map[string]int
}

// counts returns a copy.
func (r *roles) counts() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.number)
}

// keep counts the roles until ctx ends or the graph is closed. A watch that has fallen behind
// begins anew.
func (r *roles) keep(ctx context.Context, members *junction.ManyToMany[User, Project, Membership]) {
	for {
		err := r.watch(ctx, members)
		if ctx.Err() != nil || errors.Is(err, junction.ErrClosed) {
			return
		}
		slog.Warn("roles are counted anew", "reason", err)
	}
}

// watch counts the roles at one revision, and then what each commit changes.
func (r *roles) watch(ctx context.Context, members *junction.ManyToMany[User, Project, Membership]) error {
	snap, commits := members.Graph().Watch(ctx)
	r.reset(members.At(snap))
	for commit, err := range commits {
		if err != nil {
			return err
		}
		r.apply(members, commit)
	}
	return nil
}

func (r *roles) reset(members *junction.ManyToMany[User, Project, Membership]) {
	number := map[string]int{}
	for edge := range members.Edges() {
		number[edge.Through.Role]++
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number = number
}

func (r *roles) apply(members *junction.ManyToMany[User, Project, Membership], commit *junction.Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range members.ChangesIn(commit) {
		if c.Kind != junction.Added {
			r.count(c.Before.Role, -1)
		}
		if c.Kind != junction.Removed {
			r.count(c.After.Role, +1)
		}
	}
}

// count changes the number of a role. A role without memberships is not kept.
func (r *roles) count(role string, by int) {
	if r.number[role] += by; r.number[role] == 0 {
		delete(r.number, role)
	}
}
