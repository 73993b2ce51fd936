#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/common/files.h"
#include "cmd/common/talk.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

/* ---- operands ---- */

/* Append the operand's path relative to the base directory.  Links in both are
 * resolved, except in the operand's last component. */
static enum csg_rc
below_base(const char *path, const char *base, struct csg_buf *out,
    struct csg_err *err)
{
	struct csg_buf dir = { 0 }, last = { 0 };
	char *rdir = NULL, *rbase = NULL;
	size_t len;
	enum csg_rc rc;

	if ((rc = csg_io_split(path, &dir, &last, err)) != CSG_OK)
		goto out;
	if ((rdir = realpath(csg_buf_str(&dir), NULL)) == NULL ||
	    (rbase = realpath(base, NULL)) == NULL) {
		rc = csg_fail_errno(
		    err, "%s", rdir == NULL ? csg_buf_str(&dir) : base);
		goto out;
	}
	len = strcmp(rbase, "/") == 0 ? 0 : strlen(rbase);
	if (strncmp(rdir, rbase, len) != 0 ||
	    (rdir[len] != '\0' && rdir[len] != '/')) {
		rc = csg_fail(err, CSG_R_IO, "%s: is not below %s", path, base);
		goto out;
	}
	if (rdir[len] == '/' && rdir[len + 1] != '\0')
		csg_buf_printf(out, "%s/", rdir + len + 1);
	csg_buf_puts(out, csg_buf_str(&last));
	rc = csg_buf_ok(out, err);
out:
	free(rdir);
	free(rbase);
	csg_buf_free(&dir);
	csg_buf_free(&last);
	return rc;
}

enum csg_rc
cmd_artifact_name(const char *path, const char *base, struct csg_buf *name,
    struct csg_err *err)
{
	struct csg_buf dir = { 0 }, rel = { 0 };
	enum csg_rc rc;

	rc = base != NULL ? below_base(path, base, &rel, err) :
			    csg_io_split(path, &dir, &rel, err);
	if (rc == CSG_OK &&
	    (rc = csg_filename_encode(csg_buf_str(&rel), name, err)) != CSG_OK)
		(void)csg_err_prefix(err, "%s: ", path);
	csg_buf_free(&dir);
	csg_buf_free(&rel);
	return rc;
}

/* ---- outputs ---- */

void
cmd_paths(char *const *paths, size_t n, bool nul)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (nul) {
			(void)fputs(paths[i], stdout);
			(void)putchar('\0');
		} else
			cmd_print("%s\n", paths[i]);
}

enum csg_rc
cmd_output(const char *o, const char *name, struct csg_buf *dir,
    struct csg_buf *base, struct csg_err *err)
{
	struct stat st;

	if (o == NULL || (stat(o, &st) == 0 && S_ISDIR(st.st_mode)) ||
	    csg_text_ends(o, "/")) {
		csg_buf_puts(dir, o != NULL ? o : ".");
		csg_buf_puts(base, name);
		return csg_buf_ok(base, err);
	}
	return csg_io_split(o, dir, base, err);
}

/* Print the path of a file that was written.  If that fails, remove the file,
 * since nobody would know of it. */
static enum csg_rc
print_written(const struct csg_buf *path, bool nul, struct csg_err *err)
{
	char *printed = (char *)path->data;
	enum csg_rc rc;

	cmd_paths(&printed, 1, nul);
	if ((rc = cmd_flush(err)) != CSG_OK)
		(void)unlink(printed);
	return rc;
}

/* The directory with its slash; "." is left out. */
static void
add_dir(const char *dir, struct csg_buf *path)
{
	bool slash = strcmp(dir, "/") == 0 || csg_text_ends(dir, "/");

	if (strcmp(dir, ".") != 0)
		csg_buf_printf(path, "%s%s", dir, slash ? "" : "/");
}

bool
cmd_is_stdout(const char *o)
{
	return o != NULL && strcmp(o, "-") == 0;
}

enum csg_rc
cmd_write(const char *o, const char *name, const struct csg_buf *text,
    bool force, bool nul, struct csg_err *err)
{
	struct csg_buf dir = { 0 }, base = { 0 }, path = { 0 };
	enum csg_rc rc;

	if (cmd_is_stdout(o)) {
		(void)fwrite(text->data, 1, text->len, stdout);
		return cmd_flush(err);
	}
	if ((rc = cmd_output(o, name, &dir, &base, err)) != CSG_OK ||
	    (rc = csg_io_write(csg_buf_str(&dir), csg_buf_str(&base), 0644,
		 text->data, text->len,
		 force ? CSG_EXISTING_REPLACE : CSG_EXISTING_REFUSE, err)) !=
		CSG_OK)
		goto out;
	add_dir(csg_buf_str(&dir), &path);
	csg_buf_puts(&path, csg_buf_str(&base));
	if ((rc = csg_buf_ok(&path, err)) == CSG_OK)
		rc = print_written(&path, nul, err);
out:
	csg_buf_free(&dir);
	csg_buf_free(&base);
	csg_buf_free(&path);
	return rc;
}
