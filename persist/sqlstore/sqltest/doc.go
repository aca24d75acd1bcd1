// Package sqltest proves persist/sqlstore against SQLite in process, and against PostgreSQL and
// MariaDB or MySQL servers whose addresses are in the environment variables JUNCTION_TEST_POSTGRES
// (a URL) and JUNCTION_TEST_MYSQL (a DSN of go-sql-driver/mysql). Where one is not set, its tests
// are skipped and say so. It is a module of its own, so that the drivers are no dependencies of
// junction.
package sqltest
