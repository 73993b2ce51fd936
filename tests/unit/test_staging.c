/* Staging: one file of what was signed, whole or refused. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/sign/staging.h"
#include "tests/unit/unit.h"

#define PATH "dir/staged"

static const struct csg_id request = { { 1, 2, 3 } };
static const char *const outputs[] = { "first", "", "third and longer" };
#define COUNT 3

/* ---- what is synced, and what happens meanwhile ---- */

static char synced[64]; /* 'f' for a file, 'd' for a directory, in order */
static const char *meddle; /* written over the staged file at its fsync */
static off_t meddle_at;
static const char *swap; /* another file, put in its place then */

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int
__wrap_fsync(int fd)
{
	struct stat st;
	size_t n = strlen(synced);

	if (fstat(fd, &st) == 0 && n + 1 < sizeof(synced))
		synced[n] = S_ISDIR(st.st_mode) ? 'd' : 'f';
	if (meddle != NULL && S_ISREG(st.st_mode) &&
	    pwrite(fd, meddle, strlen(meddle), meddle_at) < 0)
		return -1;
	if (swap != NULL && S_ISREG(st.st_mode) && rename(swap, PATH) == -1)
		return -1;
	return __real_fsync(fd);
}

/* ---- */

static enum csg_rc
make(size_t n, struct csg_staging **s, struct csg_err *err)
{
	size_t i;
	enum csg_rc rc;

	rc = csg_staging_make(PATH, &request, COUNT, s, err);
	for (i = 0; i < n && rc == CSG_OK; i++)
		rc = csg_staging_add(*s, outputs[i], strlen(outputs[i]), err);
	return rc == CSG_OK ? csg_staging_end(*s, err) : rc;
}

/* Does the file open, and hold the outputs? */
static bool
opens(struct csg_err *err)
{
	struct csg_staging *s;
	struct csg_buf b = { 0 };
	bool ok = true;
	size_t i;

	memset(err, 0, sizeof(*err));
	if (csg_staging_open(PATH, &request, COUNT, &s, err) != CSG_OK)
		return false;
	for (i = 0; i < COUNT; i++) {
		ok = ok && csg_staging_read(s, i, &b, err) == CSG_OK &&
		    strcmp(csg_buf_str(&b), outputs[i]) == 0;
		csg_buf_free(&b);
	}
	csg_staging_free(s);
	return ok;
}

static bool
put(const void *data, size_t len)
{
	struct csg_err err = { 0 };

	return csg_io_write("dir", "staged", 0600, data, len,
		   CSG_EXISTING_REPLACE, &err) == CSG_OK;
}

static void
test_whole(void)
{
	struct csg_err err = { 0 };
	struct csg_staging *s;
	struct csg_buf b = { 0 };
	struct stat st;

	unit_case(
	    "what was staged is read back; the file and then its directory are synced");
	CHECK(put("left by a killed run", 20));
	memset(synced, 0, sizeof(synced));
	CHECK(make(COUNT, &s, &err) == CSG_OK && strcmp(synced, "fd") == 0);
	CHECK(stat(PATH, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK(csg_staging_read(s, 2, &b, &err) == CSG_OK &&
	    strcmp(csg_buf_str(&b), outputs[2]) == 0);
	csg_buf_free(&b);
	csg_staging_free(s);
	CHECK(opens(&err));
}

static void
test_damage(void)
{
	struct csg_err err = { 0 };
	struct csg_buf whole = { 0 };
	struct csg_staging *s;
	const struct csg_id other = { { 9 } };
	size_t i;

	CHECK(csg_io_read(PATH, 4096, &whole, &err) == CSG_OK);
	unit_case("cut off anywhere: refused");
	for (i = 0; i < whole.len; i++)
		CHECK(put(whole.data, i) && !opens(&err) &&
		    err.reason == CSG_R_PARSE);
	CHECK(strstr(err.text, "truncated") != NULL);
	unit_case("any byte changed: refused");
	for (i = 0; i < whole.len; i++) {
		whole.data[i] ^= 1;
		CHECK(put(whole.data, whole.len) && !opens(&err) &&
		    (err.reason == CSG_R_PARSE ||
			err.reason == CSG_R_REQMISMATCH));
		whole.data[i] ^= 1;
	}
	unit_case("a byte behind the end: refused");
	CHECK(put(whole.data, whole.len + 1) && !opens(&err) && /* its NUL */
	    err.reason == CSG_R_PARSE &&
	    strstr(err.text, "bytes after its end") != NULL);
	unit_case("for another request, or another number of outputs: refused");
	CHECK(put(whole.data, whole.len) && opens(&err));
	CHECK(csg_staging_open(PATH, &other, COUNT, &s, &err) == CSG_REFUSED &&
	    err.reason == CSG_R_REQMISMATCH);
	CHECK(csg_staging_open(PATH, &request, COUNT + 1, &s, &err) ==
		CSG_MALFORMED &&
	    err.reason == CSG_R_PARSE);
	CHECK(unlink(PATH) == 0 && !opens(&err) && err.reason == CSG_R_IO);
	unit_case("changed after it was opened: refused when it is read");
	CHECK(put(whole.data, whole.len));
	CHECK(csg_staging_open(PATH, &request, COUNT, &s, &err) == CSG_OK);
	int fd = open(PATH, O_WRONLY);
	CHECK(pwrite(fd, "F", 1, 44 + 8) == 1);
	(void)close(fd);
	struct csg_buf b = { 0 };
	CHECK(csg_staging_read(s, 0, &b, &err) == CSG_REFUSED &&
	    err.reason == CSG_R_DIGEST && b.len == 0);
	CHECK(csg_staging_read(s, 2, &b, &err) == CSG_OK);
	csg_buf_free(&b);
	csg_staging_free(s);
	csg_buf_free(&whole);
}

static void
test_making(void)
{
	struct csg_err err = { 0 };
	struct csg_staging *s;

	unit_case("not what was written: SELFTEST, and nothing stays");
	meddle = "F";
	meddle_at = 44 + 8;
	CHECK(make(COUNT, &s, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_SELFTEST);
	csg_staging_free(s);
	CHECK(access(PATH, F_OK) == -1);
	meddle = NULL;
	CHECK(csg_staging_make("dir/other", &request, COUNT, &s, &err) ==
		CSG_OK &&
	    csg_staging_add(s, "F", 1, &err) == CSG_OK &&
	    csg_staging_add(s, "G", 1, &err) == CSG_OK &&
	    csg_staging_add(s, "H", 1, &err) == CSG_OK &&
	    csg_staging_end(s, &err) == CSG_OK);
	csg_staging_free(s);
	swap = "dir/other"; /* whole, for this request */
	CHECK(make(COUNT, &s, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_SELFTEST &&
	    strstr(err.text, "reads back differently") != NULL);
	csg_staging_free(s);
	CHECK(access(PATH, F_OK) == -1);
	swap = NULL;
	unit_case("fewer outputs than were to come, or more: refused");
	CHECK(make(COUNT - 1, &s, &err) == CSG_TROUBLE &&
	    err.reason == CSG_R_SELFTEST &&
	    strstr(err.text, "only 2 of 3 outputs") != NULL);
	csg_staging_free(s);
	CHECK(csg_staging_make(PATH, &request, 1, &s, &err) == CSG_OK &&
	    csg_staging_add(s, "x", 1, &err) == CSG_OK &&
	    csg_staging_add(s, "x", 1, &err) == CSG_MALFORMED);
	csg_staging_free(s);
	CHECK(csg_staging_make(PATH, &request, 0, &s, &err) == CSG_MALFORMED);
	unit_case("removed for good, and no file is no error");
	CHECK(make(COUNT, &s, &err) == CSG_OK);
	csg_staging_free(s);
	memset(synced, 0, sizeof(synced));
	CHECK(csg_staging_remove(PATH, &err) == CSG_OK &&
	    strcmp(synced, "d") == 0 && access(PATH, F_OK) == -1);
	CHECK(csg_staging_remove(PATH, &err) == CSG_OK);
}

int
main(void)
{
	if (!unit_enter_dir() || mkdir("dir", 0700) == -1)
		return 1;
	test_whole();
	test_damage();
	test_making();
	return unit_done();
}
