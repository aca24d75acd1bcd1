package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
)

// handler returns the routes of the service.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /projects/{project}/members", s.listMembers)
	mux.HandleFunc("PUT /projects/{project}/members/{user}", s.putMember)
	mux.HandleFunc("DELETE /projects/{project}/members/{user}", s.removeMember)
	mux.HandleFunc("GET /users/{user}/projects", s.listProjects)
	mux.HandleFunc("GET /allowed", s.allowed)
	mux.HandleFunc("GET /roles", s.countRoles)
	mux.HandleFunc("GET /health", s.health)
	return mux
}

// member is a membership as it is sent, seen from a project.
type member struct {
	User  User      `json:"user"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
}

// listMembers sends a page of the members of a project, in the order of their ids. The id of the
// last one is the cursor of the next page: it stays right while members come and go.
func (s *service) listMembers(w http.ResponseWriter, r *http.Request) {
	project, err1 := idOf[Project](r.PathValue("project"))
	after, err2 := idOf[User](r.FormValue("after"))
	limit, err3 := idOf[int](r.FormValue("limit"))
	if err := errors.Join(err1, err2, err3); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if limit == 0 {
		limit = 50
	}
	team := s.members.Right(project)
	page, next, more := junction.Page(team.Range(junction.Above(after)), min(limit, 1000))
	list := make([]member, len(page))
	for i, n := range page {
		list[i] = member{n.Key, n.Through.Role, n.Through.Since}
	}
	send(w, map[string]any{"members": list, "next": next, "more": more})
}

// putMember adds a member, or changes the role of one. When it answers, the row is in the database.
func (s *service) putMember(w http.ResponseWriter, r *http.Request) {
	user, project, ok := pairOf(w, r)
	if !ok {
		return
	}
	var body struct{ Role string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&body); err != nil || !slices.Contains(ranks, body.Role) {
		http.Error(w, "want a role of "+strconv.Quote(ranks[0])+" to "+strconv.Quote(ranks[len(ranks)-1]), http.StatusBadRequest)
		return
	}
	now := time.Now().UTC().Truncate(time.Microsecond) // as fine as the column
	c, err := s.members.Right(project).Modify(user, func(old Membership, ok bool) (Membership, bool) {
		if !ok {
			old.Since = now
		}
		old.Role = body.Role
		return old, true
	})
	answer(w, c, err)
}

func (s *service) removeMember(w http.ResponseWriter, r *http.Request) {
	if user, project, ok := pairOf(w, r); ok {
		c, err := s.members.Remove(user, project)
		answer(w, c, err)
	}
}

// listProjects sends the projects of a user, each with the role there.
func (s *service) listProjects(w http.ResponseWriter, r *http.Request) {
	user, err := idOf[User](r.PathValue("user"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	projects := map[Project]string{}
	for project, m := range s.members.Left(user).All() {
		projects[project] = m.Role
	}
	send(w, projects)
}

// ranks are the roles, from the least to the most.
var ranks = []string{"guest", "developer", "owner"}

// allowed answers whether a user has at least a role in a project. It is a lookup in memory: a
// service asks it for every request.
func (s *service) allowed(w http.ResponseWriter, r *http.Request) {
	user, err1 := idOf[User](r.FormValue("user"))
	project, err2 := idOf[Project](r.FormValue("project"))
	least := slices.Index(ranks, r.FormValue("role"))
	if err := errors.Join(err1, err2); err != nil || least < 0 {
		http.Error(w, "want user, project and role", http.StatusBadRequest)
		return
	}
	m, ok := s.members.Get(user, project)
	send(w, ok && slices.Index(ranks, m.Role) >= least)
}

func (s *service) countRoles(w http.ResponseWriter, _ *http.Request) { send(w, s.roles.counts()) }

// health sends the numbers of the relation. It costs O(1).
func (s *service) health(w http.ResponseWriter, _ *http.Request) {
	send(w, map[string]any{
		"revision": s.members.Graph().Revision(),
		"edges":    s.members.Len(),
		"users":    s.members.NumLefts(),
		"projects": s.members.NumRights(),
	})
}

// pairOf reads the ids of a path, and answers if there is something wrong with them.
func pairOf(w http.ResponseWriter, r *http.Request) (user User, project Project, ok bool) {
	user, err1 := idOf[User](r.PathValue("user"))
	project, err2 := idOf[Project](r.PathValue("project"))
	if err := errors.Join(err1, err2); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return 0, 0, false
	}
	return user, project, true
}

// idOf reads an id; none is 0.
func idOf[T ~int | ~int64](s string) (T, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	return T(n), err
}

// answer sends what a write changed, or says why it did not happen.
func answer(w http.ResponseWriter, c junction.Counts, err error) {
	switch {
	case err == nil:
		send(w, c)
	case errors.Is(err, persist.ErrConflict), errors.Is(err, junction.ErrBusy):
		// Another process was faster, or a lock is held: the caller may try again.
		w.Header().Set("Retry-After", "1")
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case errors.Is(err, persist.ErrRefused), errors.Is(err, junction.ErrValue):
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		slog.Error("write failed", "error", err)
		http.Error(w, "not written", http.StatusInternalServerError)
	}
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
