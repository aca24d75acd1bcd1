package main

import (
	"strings"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// role is what a column is for, as far as its name and type tell.
type role int

const (
	through role = iota // it says something about the edge
	tenant              // it says whose edge it is
	created             // when the row was made
	updated             // when it was changed last
	deleted             // that it counts as deleted
)

// roles are the roles of names in lower case, without underscores.
var roles = map[string]role{
	"tenant": tenant, "tenantid": tenant, "orgid": tenant, "organizationid": tenant, "workspaceid": tenant, "siteid": tenant,

	"created": created, "createdat": created, "createdon": created, "datecreated": created, "createddate": created,
	"creationdate": created, "insertedat": created,

	"updated": updated, "updatedat": updated, "updatedon": updated, "dateupdated": updated, "modified": updated,
	"modifiedat": updated, "modifiedon": updated, "datemodified": updated, "lastmodified": updated,

	"deletedat": deleted, "deletedon": deleted, "removedat": deleted, "deleted": deleted, "isdeleted": deleted,
}

func roleOf(c sqlstore.ColumnInfo) role {
	switch r := roles[normal(c.Name)]; {
	case r == tenant && c.Kind != persist.Time && c.Kind != persist.Bool:
		return r
	case (r == created || r == updated) && c.Kind == persist.Time:
		return r
	case r == deleted && (marksTime(c) || c.Kind == persist.Bool):
		return r
	}
	return through
}

// marksTime reports whether a column says when something happened, and is NULL until it does. In
// SQLite such a column can be a text.
func marksTime(c sqlstore.ColumnInfo) bool {
	return c.Nullable && (c.Kind == persist.Time || c.Kind == persist.String)
}

func normal(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// isScope reports whether a column of a unique index tells apart the relations that share the
// table: a tenant, the type of what a key refers to, or the key of another pair of key and type.
func isScope(t *sqlstore.TableInfo, c sqlstore.ColumnInfo) bool {
	if roleOf(c) == tenant {
		return true
	}
	n := normal(c.Name)
	other, isKey := strings.CutSuffix(n, "id")
	if isKey {
		for _, o := range t.Columns {
			if normal(o.Name) == other+"type" {
				return true
			}
		}
	}
	return strings.HasSuffix(n, "type") || n == "kind" || n == "context"
}
