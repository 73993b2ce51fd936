/* Files: bounded reads, digests in one pass, outputs all or none. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/digest.h"
#include "lib/base/io.h"
#include "tests/unit/unit.h"

static bool
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	return f != NULL && fputs(text, f) >= 0 && fclose(f) == 0;
}

static bool
holds(const char *path, const char *text)
{
	struct csg_buf b = { 0 };
	bool yes = csg_io_read(path, 1000, &b, NULL) == CSG_OK &&
	    strcmp(csg_buf_str(&b), text) == 0;

	csg_buf_free(&b);
	return yes;
}

static bool
refused(const char *path, enum csg_reason reason)
{
	struct csg_err err = { 0 };
	int fd = csg_io_open(path, &err);

	if (fd != -1)
		(void)close(fd);
	return fd == -1 && err.reason == reason;
}

static void
test_open(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "sock" };
	int s = socket(AF_UNIX, SOCK_STREAM, 0), dir, fd;
	struct csg_err err = { 0 };

	unit_case("attack 40: only regular files, links not followed");
	CHECK(put("file", "text") && symlink("file", "link") == 0 &&
	    mkfifo("fifo", 0600) == 0 && mkdir("dir", 0700) == 0 &&
	    bind(s, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	fd = csg_io_open("file", &err);
	CHECK(fd != -1 && close(fd) == 0);
	CHECK(refused("link", CSG_R_TYPE) || refused("link", CSG_R_IO));
	CHECK(refused("fifo", CSG_R_TYPE) && refused("dir", CSG_R_TYPE));
	CHECK(refused("/dev/null", CSG_R_TYPE));
	CHECK(refused("sock", CSG_R_TYPE) || refused("sock", CSG_R_IO));
	CHECK(refused("gone", CSG_R_IO));
	CHECK(put("dir/below", "x") && symlink("dir", "dirlink") == 0);
	dir = open(".", O_RDONLY | O_DIRECTORY);
	fd = csg_io_openat(dir, "dir/below", &err);
	CHECK(fd != -1 && close(fd) == 0);
	CHECK(csg_io_openat(dir, "dirlink/below", &err) == -1);
	CHECK(csg_io_openat(dir, "dir/../file", &err) == -1);
	(void)close(dir);
	(void)close(s);
}

static void
test_read(void)
{
	struct csg_buf b = { 0 };
	struct csg_err err = { 0 };

	unit_case("a file as large as allowed, and one byte more");
	CHECK(csg_io_read("file", 4, &b, &err) == CSG_OK && b.len == 4);
	csg_buf_free(&b);
	CHECK(csg_io_read("file", 3, &b, &err) == CSG_MALFORMED &&
	    err.reason == CSG_R_TYPE);
	csg_buf_free(&b);
}

static void
test_digest(void)
{
	struct csg_hashes h;
	struct csg_id id, again;
	char text[CSG_ID_TEXT], words[24];
	struct csg_err err = { 0 };
	int fd;

	unit_case("digests, their text and their words");
	CHECK(csg_id_mem("abc", 3, &id, NULL) == CSG_OK);
	CHECK(strcmp(csg_id_format(&id, text),
		  "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410"
		  "ff61f20015ad") == 0);
	CHECK(csg_id_parse(text, &again, NULL) == CSG_OK &&
	    csg_id_equal(&id, &again));
	text[10] = 'B'; /* one case only: attack 37 */
	CHECK(csg_id_parse(text, &again, &err) == CSG_MALFORMED);
	CHECK(csg_id_parse("md5:00", &again, &err) == CSG_MALFORMED);
	CHECK(csg_id_parse("none", &again, &err) == CSG_MALFORMED);
	memcpy(again.b, "\x7f\x00\x00\x01", 4); /* the paper's example */
	CHECK(strcmp(csg_id_proquints(&again, 2, words), "lusab-babad") == 0);
	CHECK(put("abc", "abc"));
	fd = csg_io_open("abc", &err);
	CHECK(csg_hash_fd(fd, 1U << CSG_SHA512, &h, &err) == CSG_OK);
	CHECK(h.size == 3 && csg_id_equal(&h.id, &id) && h.have[CSG_SHA512] &&
	    !h.have[CSG_SHA384] && memcmp(h.head, "abc", 3) == 0);
	(void)close(fd);
}

static size_t
files_here(void)
{
	FILE *p = popen("ls -A out | wc -l", "r");
	size_t n = 99;

	if (p == NULL || fscanf(p, "%zu", &n) != 1)
		n = 99;
	if (p != NULL)
		(void)pclose(p);
	return n;
}

/* ---- in what order outputs are synced and named ---- */

static char
    order[4096]; /* f, d: a file or directory is synced; n: a name given */

static void
note(char c)
{
	size_t n = strlen(order);

	if (n + 1 < sizeof(order))
		order[n] = c;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_linkat(int a, const char *from, int b, const char *to, int flags);
int __wrap_linkat(int a, const char *from, int b, const char *to, int flags);
int __real_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to);

int
__wrap_fsync(int fd)
{
	struct stat st;

	note(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) ? 'd' : 'f');
	return __real_fsync(fd);
}

int
__wrap_linkat(int a, const char *from, int b, const char *to, int flags)
{
	note('n');
	return __real_linkat(a, from, b, to, flags);
}

int
__wrap_renameat(int a, const char *from, int b, const char *to)
{
	note('n');
	return __real_renameat(a, from, b, to);
}

/* n files, some of them below two directories. */
static enum csg_rc
many(size_t n, enum csg_existing existing, struct csg_err *err)
{
	struct csg_outputs *s;
	char name[64];
	size_t i;
	enum csg_rc rc;

	memset(order, 0, sizeof(order));
	rc = csg_outputs_new("many", &s, err);
	for (i = 0; i < n && rc == CSG_OK; i++) {
		(void)snprintf(
		    name, sizeof(name), "%s%zu", i % 3 == 0 ? "x/y/" : "", i);
		rc = csg_outputs_add(s, name, 0644, "new", 3, err);
	}
	if (rc == CSG_OK)
		rc = csg_outputs_commit(s, existing, err);
	csg_outputs_free(s);
	return rc;
}

/* So many of a letter, and then the rest? */
static const char *
skip(const char *s, char c, size_t n)
{
	return strspn(s, (const char[]){ c, '\0' }) == n ? s + n : "?";
}

static void
test_order(void)
{
	const struct rlimit few = { 300, 300 };
	struct csg_err err = { 0 };

	unit_case(
	    "every file is synced before any has its name, then the directories");
	CHECK(mkdir("many", 0700) == 0);
	CHECK(many(4, CSG_EXISTING_REFUSE, &err) == CSG_OK);
	CHECK(strcmp(skip(skip(order, 'f', 4), 'n', 4), "ddd") == 0 ||
	    strcmp(skip(skip(order, 'f', 4), 'n', 4), "ddddd") == 0);
	CHECK(many(4, CSG_EXISTING_REPLACE, &err) == CSG_OK);
	CHECK(strncmp(skip(order, 'f', 4), "nnnnnnnnd", 9) == 0);
	unit_case("likewise more files than a process may have open");
	CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
	CHECK(many(700, CSG_EXISTING_SAME, &err) == CSG_OK);
	CHECK(strncmp(skip(skip(order, 'f', 700), 'n', 700), "ddd", 3) == 0);
	CHECK(holds("many/x/y/699", "new") && holds("many/698", "new"));
}

/* Two outputs; the second is in the way of something. */
static enum csg_rc
two(enum csg_existing existing, struct csg_err *err)
{
	struct csg_outputs *s;
	enum csg_rc rc;

	if ((rc = csg_outputs_new("out", &s, err)) == CSG_OK &&
	    (rc = csg_outputs_add(s, "a", 0644, "new", 3, err)) == CSG_OK &&
	    (rc = csg_outputs_add(s, "b", 0600, "new", 3, err)) == CSG_OK)
		rc = csg_outputs_commit(s, existing, err);
	csg_outputs_free(s);
	return rc;
}

static void
test_outputs(void)
{
	struct csg_err err = { 0 };
	struct stat st;

	unit_case("attack 43: outputs appear all or none");
	CHECK(mkdir("out", 0700) == 0 && put("out/b", "old"));
	CHECK(two(CSG_EXISTING_REFUSE, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_IO && files_here() == 1 &&
	    holds("out/b", "old"));
	CHECK(strstr(err.text, "b exists already (-f replaces it)") != NULL);
	CHECK(two(CSG_EXISTING_KEEP, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_IO && files_here() == 1 &&
	    holds("out/b", "old") &&
	    strstr(err.text, "b exists already and is never") != NULL);
	CHECK(two(CSG_EXISTING_SAME, &err) == CSG_REFUSED &&
	    err.reason == CSG_R_REPLAY && files_here() == 1 &&
	    holds("out/b", "old"));
	CHECK(two(CSG_EXISTING_REPLACE, &err) == CSG_OK && files_here() == 2 &&
	    holds("out/a", "new") && holds("out/b", "new"));
	CHECK(stat("out/b", &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(two(CSG_EXISTING_SAME, &err) == CSG_OK && files_here() == 2);
	CHECK(unlink("out/b") == 0 && mkdir("out/b", 0700) == 0);
	CHECK(two(CSG_EXISTING_REPLACE, &err) != CSG_OK &&
	    holds("out/a", "new") && files_here() == 2);
}

static void
test_write(void)
{
	struct csg_err err = { 0 };
	struct csg_buf dir = { 0 }, base = { 0 };

	unit_case("one file, and where it goes");
	CHECK(csg_io_write("out", "deep/down", 0644, "x", 1,
		  CSG_EXISTING_REFUSE, &err) == CSG_OK &&
	    holds("out/deep/down", "x"));
	CHECK(csg_io_write("gone", "f", 0644, "x", 1, CSG_EXISTING_REFUSE,
		  &err) == CSG_TROUBLE);
	CHECK(csg_io_split("a/b/c", &dir, &base, &err) == CSG_OK &&
	    strcmp(csg_buf_str(&dir), "a/b") == 0 &&
	    strcmp(csg_buf_str(&base), "c") == 0);
	csg_buf_free(&dir);
	csg_buf_free(&base);
	CHECK(csg_io_split("c", &dir, &base, &err) == CSG_OK &&
	    strcmp(csg_buf_str(&dir), ".") == 0);
	csg_buf_free(&dir);
	csg_buf_free(&base);
}

static void
test_trusted(void)
{
	struct csg_err err = { 0 };
	int fd;

	unit_case("files that others could write or read");
	fd = csg_io_open("file", &err);
	CHECK(chmod("file", 0644) == 0 &&
	    csg_io_trusted(fd, "file", false, &err) == CSG_OK);
	CHECK(csg_io_trusted(fd, "file", true, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_CONFIG);
	CHECK(chmod("file", 0600) == 0 &&
	    csg_io_trusted(fd, "file", true, &err) == CSG_OK);
	CHECK(chmod("file", 0620) == 0 &&
	    csg_io_trusted(fd, "file", false, &err) == CSG_TROUBLE);
	(void)close(fd);
}

int
main(void)
{
	if (!unit_enter_dir())
		return 1;
	test_open();
	test_read();
	test_digest();
	test_outputs();
	test_write();
	test_trusted();
	test_order();
	return unit_done();
}
