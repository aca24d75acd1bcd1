package sqltest

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "github.com/lib/pq"
	_ "github.com/mattn/go-sqlite3"

	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// pqEngine is PostgreSQL by another driver, which has no COPY that the store could use, gives bytes
// where pgx gives text, and reads its own errors.
var pqEngine = &engine{name: "PostgreSQL, lib/pq", dialect: sqlstore.Postgres, noNUL: true, unit: postgresEngine.unit, driver: "postgres", open: func(t testing.TB) (*sql.DB, string) {
	_, address := openPostgres(t)
	return dial(t, "postgres", address), address
}}

// mattnEngine is SQLite by a driver in C, whose errors have no method that tells their code.
var mattnEngine = &engine{name: "SQLite, mattn", dialect: sqlstore.SQLite, driver: "sqlite3", open: func(t testing.TB) (*sql.DB, string) {
	address := "file:" + filepath.Join(t.TempDir(), "test.db") + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_foreign_keys=1"
	return dial(t, "sqlite3", address), address
}}

// otherEngines are those of drivers that not all tests run with.
var otherEngines = []*engine{pqEngine, mattnEngine}

// TestOtherDrivers runs the conformance kit by other drivers, of which the store knows no more than
// database/sql tells, and the tests of values and misfits that depend most on a driver.
func TestOtherDrivers(t *testing.T) {
	all := engines
	engines = otherEngines
	defer func() { engines = all }()
	for name, test := range map[string]func(t *testing.T){"kit": TestKit, "texts": TestTexts, "numbers": TestNumbers, "UUIDs": TestUUIDs, "unfit rows": TestUnfitRows, "one connection": TestSingleConnection, "create": TestCreate, "natural types": TestNaturalTypes} {
		t.Run(name, test)
	}
}
