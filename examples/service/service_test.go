package main

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// client sends requests to a service.
type client struct {
	t   *testing.T
	url string
}

func serveTest(t *testing.T, s *service) client {
	server := httptest.NewServer(s.handler())
	t.Cleanup(server.Close)
	return client{t, server.URL}
}

// do sends a request and returns status and body.
func (c client) do(method, path, body string) (int, string) {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	return response.StatusCode, strings.TrimSpace(string(answer))
}

func (c client) get(path string) string {
	c.t.Helper()
	status, body := c.do("GET", path, "")
	require.Equal(c.t, http.StatusOK, status, body)
	return body
}

// eventually waits until a request has an answer.
func (c client) eventually(path, want string) {
	c.t.Helper()
	require.Eventually(c.t, func() bool { return c.get(path) == want }, 20*time.Second, 5*time.Millisecond, "%s: want %s", path, want)
}

func TestService(t *testing.T) {
	s, err := open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "service.db"))
	require.NoError(t, err)
	c := serveTest(t, s)
	for _, path := range []string{"/projects/7/members/1", "/projects/7/members/2", "/projects/8/members/2"} {
		status, body := c.do("PUT", path, `{"role": "guest"}`)
		require.Equal(t, http.StatusOK, status, body)
	}
	_, body := c.do("PUT", "/projects/7/members/1", `{"role": "owner"}`)
	require.JSONEq(t, `{"Added":0,"Updated":1,"Removed":0}`, body)

	require.Equal(t, "true", c.get("/allowed?user=1&project=7&role=developer"))
	require.Equal(t, "false", c.get("/allowed?user=2&project=7&role=developer"))
	require.Equal(t, "false", c.get("/allowed?user=3&project=7&role=guest"))
	require.JSONEq(t, `{"7":"guest","8":"guest"}`, c.get("/users/2/projects"))
	require.Contains(t, c.get("/projects/7/members?limit=1"), `"more":true,"next":1`)
	require.Contains(t, c.get("/projects/7/members?limit=1&after=1"), `"more":false,"next":2`)
	c.eventually("/roles", `{"guest":2,"owner":1}`)

	_, body = c.do("DELETE", "/projects/7/members/1", "")
	require.JSONEq(t, `{"Added":0,"Updated":0,"Removed":1}`, body)
	c.eventually("/roles", `{"guest":2}`)
	require.Contains(t, c.get("/health"), `"edges":2`)
	require.NoError(t, s.Close())
}

func TestServiceRefusesNonsense(t *testing.T) {
	s, err := open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "service.db"))
	require.NoError(t, err)
	defer s.Close()
	c := serveTest(t, s)
	for request, body := range map[string]string{
		"PUT /projects/7/members/x":            `{"role": "owner"}`,
		"PUT /projects/7/members/1":            `{"role": "king"}`,
		"PUT /projects/7/members/2":            `{`,
		"PUT /projects/-1/members/1":           `{"role": "owner"}`,
		"GET /projects/7/members?after=x":      "",
		"GET /allowed?user=1&project=7":        "",
		"GET /allowed?user=1&project=y&role=x": "",
		"GET /users/z/projects":                "",
	} {
		method, path, _ := strings.Cut(request, " ")
		status, answer := c.do(method, path, body)
		require.Equal(t, http.StatusBadRequest, status, "%s: %s", request, answer)
	}
	require.Zero(t, s.members.Len())
}

func TestOpenSaysWhatItWants(t *testing.T) {
	_, err := open(t.Context(), "oracle:x")
	require.ErrorContains(t, err, "postgres://")
}

// TestOtherPrograms writes to the table by SQL while the service runs, and cuts its connections.
func TestOtherPrograms(t *testing.T) {
	address := postgres(t)
	s, err := open(t.Context(), address)
	require.NoError(t, err)
	defer s.Close()
	other, err := sql.Open("pgx", address)
	require.NoError(t, err)
	defer other.Close()
	c := serveTest(t, s)

	insert := "INSERT INTO project_users (user_id, project_id, role, since) VALUES ($1, 7, 'owner', now())"
	_, err = other.Exec(insert, 1)
	require.NoError(t, err)
	c.eventually("/allowed?user=1&project=7&role=owner", "true")
	c.eventually("/roles", `{"owner":1}`)

	_, err = other.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
	require.NoError(t, err)
	_, err = other.Exec(insert, 2)
	require.NoError(t, err)
	c.eventually("/allowed?user=2&project=7&role=owner", "true")
	c.eventually("/roles", `{"owner":2}`)

	_, err = other.Exec("DELETE FROM project_users")
	require.NoError(t, err)
	c.eventually("/roles", `{}`)
}

// postgres returns the address of a database of its own on the server that the tests use.
func postgres(t *testing.T) string {
	server := os.Getenv("JUNCTION_TEST_POSTGRES")
	if server == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_POSTGRES has no address of a PostgreSQL server")
	}
	db, err := sql.Open("pgx", server)
	require.NoError(t, err)
	name := fmt.Sprintf("junction_service_%d", time.Now().UnixNano())
	_, err = db.Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(t, err)
		require.NoError(t, db.Close())
	})
	u, err := url.Parse(server)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}
