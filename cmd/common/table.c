#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libsmartcols.h>

#include "cmd/common/table.h"
#include "lib/base/text.h"

struct cmd_table {
	struct libscols_table *table;
	size_t columns;
};

enum csg_rc
cmd_table_new(
    const char *const *columns, struct cmd_table **out, struct csg_err *err)
{
	struct cmd_table *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (t == NULL || (t->table = scols_new_table()) == NULL) {
		free(t);
		return csg_fail_mem(err);
	}
	for (; columns[t->columns] != NULL; t->columns++)
		if (scols_table_new_column(t->table, columns[t->columns], 0,
			t->columns == 0 ? 0 : SCOLS_FL_WRAP) == NULL) {
			cmd_table_free(t);
			return csg_fail_mem(err);
		}
	*out = t;
	return CSG_OK;
}

enum csg_rc
cmd_table_add(
    struct cmd_table *t, const char *const *cells, struct csg_err *err)
{
	struct libscols_line *line = scols_table_new_line(t->table, NULL);
	struct csg_buf safe = { 0 };
	size_t i;
	bool ok = line != NULL;

	for (i = 0; i < t->columns && ok; i++) {
		csg_text_escape(&safe, cells[i], strlen(cells[i]));
		ok = csg_buf_ok(&safe, NULL) == CSG_OK &&
		    scols_line_set_data(line, i, csg_buf_str(&safe)) == 0;
		csg_buf_free(&safe);
	}
	return ok ? CSG_OK : csg_fail_mem(err);
}

/* The width of characters is a matter of the locale, and csg's texts are UTF-8
 * whatever the user's locale is. */
static int
to_string(struct libscols_table *table, char **out)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), user;
	int rc;

	user = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
	rc = scols_print_table_to_string(table, out);
	if (utf8 != (locale_t)0) {
		(void)uselocale(user);
		freelocale(utf8);
	}
	return rc;
}

enum csg_rc
cmd_table_print(struct cmd_table *t, struct csg_err *err)
{
	char *text = NULL;

	if (scols_table_enable_noheadings(
		t->table, isatty(STDOUT_FILENO) == 0) != 0 ||
	    to_string(t->table, &text) != 0)
		return csg_fail_mem(err);
	if (text != NULL && text[0] != '\0')
		(void)printf("%s\n", text);
	free(text);
	return CSG_OK;
}

void
cmd_table_free(struct cmd_table *t)
{
	if (t == NULL)
		return;
	scols_unref_table(t->table);
	free(t);
}
