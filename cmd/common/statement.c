#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "cmd/common/statement.h"
#include "cmd/common/talk.h"
#include "lib/base/io.h"
#include "lib/base/text.h"

#define MAX_LINE 8192 /* bytes of output escaped at once */

/* ---- a command ---- */

/* The path in a form that no program takes for an option ("-x"), a response
 * file ("@x") or an assignment ("x=y").  NULL: out of memory. */
static char *
file_argument(char *path)
{
	struct csg_buf b = { 0 };

	if (path[0] == '/' || strncmp(path, "./", 2) == 0 ||
	    strncmp(path, "../", 3) == 0)
		return path;
	csg_buf_printf(&b, "./%s", path);
	return csg_buf_ok(&b, NULL) == CSG_OK ? (char *)b.data : NULL;
}

/* The child: connect both streams to the pipe, and run the command with the
 * artifacts as arguments. */
static void
exec_command(int out, const char *command, char *const *paths, size_t n)
{
	struct csg_buf script = { 0 };
	char **argv;
	size_t i;
	int fd;

	csg_buf_printf(&script, "%s \"$@\"", command);
	argv = calloc(n + 5, sizeof(*argv));
	if (csg_buf_ok(&script, NULL) != CSG_OK || argv == NULL)
		_exit(127);
	argv[0] = argv[3] = (char *)(uintptr_t)"sh";
	argv[1] = (char *)(uintptr_t)"-c";
	argv[2] = (char *)script.data;
	for (i = 0; i < n; i++)
		if ((argv[4 + i] = file_argument(paths[i])) == NULL)
			_exit(127);
	if (dup2(out, STDOUT_FILENO) == -1 || dup2(out, STDERR_FILENO) == -1)
		_exit(127);
	for (fd = STDERR_FILENO + 1; fd < 256; fd++)
		(void)close(fd); /* e.g. the source of the passphrase */
	(void)execv("/bin/sh", argv);
	_exit(127);
}

/* Show the command's output, made safe piece by piece.  An incomplete line is
 * kept in *line until the rest comes, up to MAX_LINE bytes. */
static void
show_output(struct csg_buf *line, const unsigned char *b, size_t n)
{
	struct csg_buf safe = { 0 };
	size_t i, from = 0;

	for (i = 0; i < n; i++) {
		if (b[i] != '\n' && b[i] != '\t' &&
		    line->len + i - from < MAX_LINE)
			continue;
		csg_buf_add(line, b + from, i - from);
		csg_text_escape(&safe, csg_buf_str(line), line->len);
		(void)fputs(csg_buf_str(&safe), stderr);
		csg_buf_free(&safe);
		csg_buf_free(line);
		from = i;
		if (b[i] == '\n' || b[i] == '\t') {
			(void)fputc(b[i], stderr);
			from++;
		}
	}
	csg_buf_add(line, b + from, n - from);
}

/* Hash the output until it ends, and show it. */
static enum csg_rc
drain(int fd, struct csg_id *out, struct csg_err *err)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct csg_buf line = { 0 };
	unsigned char b[8192];
	ssize_t n = 0;
	bool ok;

	ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1;
	while (ok &&
	    ((n = read(fd, b, sizeof(b))) > 0 || (n == -1 && errno == EINTR))) {
		if (n <= 0)
			continue;
		ok = EVP_DigestUpdate(md, b, (size_t)n) == 1;
		if (!cmd_quiet)
			show_output(&line, b, (size_t)n);
	}
	if (line.len > 0)
		show_output(&line, (const unsigned char *)"\n", 1);
	csg_buf_free(&line);
	ok = ok && n == 0 && EVP_DigestFinal_ex(md, out->b, NULL) == 1;
	EVP_MD_CTX_free(md);
	return ok ?
	    CSG_OK :
	    csg_fail_ssl(err, CSG_R_IO, "can't read the output of --run");
}

static enum csg_rc
await(pid_t pid, const char *command, struct csg_err *err)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return csg_fail_errno(err, "%s", command);
	if (WIFSIGNALED(status))
		return csg_fail(err, CSG_R_RUN, "%s: was killed by signal %d",
		    command, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return csg_fail(err, CSG_R_RUN, "%s: exited with status %d",
		    command, WEXITSTATUS(status));
	return CSG_OK;
}

enum csg_rc
cmd_run(const char *command, char *const *paths, size_t n,
    struct csg_id *output, struct csg_err *err)
{
	int fd[2];
	pid_t pid;
	enum csg_rc rc, end;

	if (pipe(fd) == -1)
		return csg_fail_errno(err, "pipe");
	(void)fflush(NULL);
	if ((pid = fork()) == -1) {
		(void)close(fd[0]);
		(void)close(fd[1]);
		return csg_fail_errno(err, "fork");
	}
	if (pid == 0) {
		(void)close(fd[0]);
		exec_command(fd[1], command, paths, n);
	}
	(void)close(fd[1]);
	rc = drain(fd[0], output, err);
	(void)close(fd[0]);
	end = await(pid, command, rc == CSG_OK ? err : NULL);
	return rc != CSG_OK ? rc : end;
}

/* ---- an independent build ---- */

/* Fail with the offset of the first difference between two files, and the
 * number of bytes that differ. */
static enum csg_rc
say_difference(const char *rebuilt, const char *path, struct csg_err *err)
{
	FILE *a = fopen(rebuilt, "rb"), *b = fopen(path, "rb");
	unsigned long long at = 0, first = 0, differ = 0;
	int x = 0, y = 0;

	while (a != NULL && b != NULL && (x = getc(a)) != EOF &&
	    (y = getc(b)) != EOF) {
		if (x != y && differ++ == 0)
			first = at;
		at++;
	}
	if (a != NULL)
		(void)fclose(a);
	if (b != NULL)
		(void)fclose(b);
	if (a == NULL || b == NULL)
		return csg_fail_errno(err, "%s", a == NULL ? rebuilt : path);
	if (differ == 0)
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: is the same as %s up to byte %llu, where one of them ends",
		    rebuilt, path, at);
	return csg_fail(err, CSG_R_DIGEST,
	    "%s: differs from %s, first at byte %llu (0x%llx); %llu bytes differ in all",
	    rebuilt, path, first, first, differ);
}

enum csg_rc
cmd_same_build(const char *rebuilt, const struct csg_artifact *a,
    const char *path, struct csg_err *err)
{
	struct csg_hashes h;
	enum csg_rc rc;

	if ((rc = csg_file_hash(AT_FDCWD, rebuilt, 0, &h, NULL, err)) !=
		CSG_OK ||
	    csg_artifact_is(a, &h))
		return rc;
	if (path != NULL)
		return say_difference(rebuilt, path, err);
	return csg_fail(err, CSG_R_DIGEST,
	    "%s: differs from %s as requested (%llu bytes here, %llu there); give the artifact too to see where",
	    rebuilt, a->name, (unsigned long long)h.size,
	    (unsigned long long)a->size);
}
