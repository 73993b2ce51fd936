#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/sign/staging.h"

#define MAGIC "csgstag1"
#define HEAD_LEN (sizeof(MAGIC) - 1 + sizeof(struct csg_id) + 4)
#define CHUNK 65536

struct output {
	uint64_t at, len; /* position and length of its bytes */
	struct csg_id id;
};

struct csg_staging {
	char *path;
	int fd;
	bool ended; /* complete: ended or opened */
	size_t count; /* of outputs expected */
	size_t n; /* of outputs so far */
	struct output *v;
	uint64_t size; /* of the file so far */
	struct csg_buf sum; /* bytes whose digest is the end */
	struct csg_id end; /* set when ended or opened */
	struct csg_buf unwritten; /* end of the file, not written yet */
};

/* ---- bytes ---- */

static void
put_number(unsigned char *p, size_t len, uint64_t n)
{
	for (; len > 0; n >>= 8)
		p[--len] = (unsigned char)n;
}

static uint64_t
get_number(const unsigned char *p, size_t len)
{
	uint64_t n = 0;

	for (; len > 0; len--)
		n = n << 8 | *p++;
	return n;
}

static void
head_of(
    const struct csg_id *request, size_t count, unsigned char head[HEAD_LEN])
{
	memcpy(head, MAGIC, sizeof(MAGIC) - 1);
	memcpy(head + sizeof(MAGIC) - 1, request->b, sizeof(request->b));
	put_number(head + HEAD_LEN - 4, 4, count);
}

/* Count output s->n, which is complete, and add it to the sum. */
static void
count_output(struct csg_staging *s)
{
	const struct output *o = &s->v[s->n++];
	unsigned char len[8];

	put_number(len, sizeof(len), o->len);
	csg_buf_add(&s->sum, len, sizeof(len));
	csg_buf_add(&s->sum, o->id.b, sizeof(o->id.b));
}

/* A staging for that many outputs, without its file. */
static enum csg_rc
staging_new(const char *path, const struct csg_id *request, size_t count,
    struct csg_staging **out, struct csg_err *err)
{
	unsigned char head[HEAD_LEN];
	struct csg_staging *s;

	*out = NULL;
	if (count == 0 || count > UINT32_MAX)
		return csg_fail(
		    err, CSG_R_PARSE, "cannot stage %zu outputs", count);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return csg_fail_mem(err);
	s->fd = -1;
	s->count = count;
	s->path = strdup(path);
	s->v = calloc(count, sizeof(*s->v));
	head_of(request, count, head);
	csg_buf_add(&s->sum, head, sizeof(head));
	if (s->path == NULL || s->v == NULL || s->sum.failed) {
		csg_staging_free(s);
		return csg_fail_mem(err);
	}
	*out = s; /* transferred */
	return CSG_OK;
}

void
csg_staging_free(struct csg_staging *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1) {
		(void)close(s->fd);
		if (!s->ended)
			(void)unlink(s->path);
	}
	free(s->path);
	free(s->v);
	csg_buf_free(&s->sum);
	csg_buf_free(&s->unwritten);
	free(s);
}

/* ---- making ---- */

static enum csg_rc
remove_file(const char *path, bool *was_there, struct csg_err *err)
{
	*was_there = unlink(path) == 0;
	if (*was_there || errno == ENOENT)
		return CSG_OK;
	return csg_fail_errno(err, "%s", path);
}

enum csg_rc
csg_staging_remove(const char *path, struct csg_err *err)
{
	bool was_there;
	enum csg_rc rc;

	if ((rc = remove_file(path, &was_there, err)) != CSG_OK || !was_there)
		return rc;
	return csg_io_sync_parent(path, err);
}

enum csg_rc
csg_staging_make(const char *path, const struct csg_id *request, size_t count,
    struct csg_staging **out, struct csg_err *err)
{
	struct csg_staging *s;
	bool was_there;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = remove_file(path, &was_there, err)) != CSG_OK ||
	    (rc = staging_new(path, request, count, &s, err)) != CSG_OK)
		return rc;
	s->fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->fd == -1) {
		rc = csg_fail_errno(err, "%s", path);
		csg_staging_free(s);
		return rc;
	}
	csg_buf_add(&s->unwritten, s->sum.data, s->sum.len);
	s->size = s->sum.len;
	*out = s; /* transferred */
	return CSG_OK;
}

/* Write the bytes gathered so far. */
static enum csg_rc
write_out(struct csg_staging *s, struct csg_err *err)
{
	const unsigned char *p = s->unwritten.data;
	size_t left = s->unwritten.len;
	ssize_t n;
	enum csg_rc rc;

	if ((rc = csg_buf_ok(&s->unwritten, err)) != CSG_OK)
		return rc;
	for (; left > 0; p += n, left -= (size_t)n)
		if ((n = write(s->fd, p, left)) < 0) {
			if (errno != EINTR)
				return csg_fail_errno(err, "%s", s->path);
			n = 0;
		}
	s->unwritten.len = 0;
	return CSG_OK;
}

enum csg_rc
csg_staging_add(
    struct csg_staging *s, const void *data, size_t len, struct csg_err *err)
{
	struct output *o = &s->v[s->n];
	unsigned char number[8];
	enum csg_rc rc;

	if (s->n == s->count || len > CSG_STAGED_MAX)
		return csg_fail(err, CSG_R_PARSE,
		    "%s: at most %zu outputs of %d bytes can be staged",
		    s->path, s->count, CSG_STAGED_MAX);
	if ((rc = csg_id_mem(data, len, &o->id, err)) != CSG_OK)
		return rc;
	o->at = s->size + sizeof(number);
	o->len = len;
	put_number(number, sizeof(number), len);
	csg_buf_add(&s->unwritten, number, sizeof(number));
	csg_buf_add(&s->unwritten, data, len);
	s->size = o->at + len;
	count_output(s);
	return s->unwritten.len < CHUNK ? CSG_OK : write_out(s, err);
}

/* Read the file back.  Its end is a digest of everything before it, so equal
 * ends mean equal bytes. */
static enum csg_rc
read_back(struct csg_staging *s, struct csg_err *err)
{
	struct csg_staging *back;
	struct csg_err why = { 0 };
	struct csg_id request;

	memcpy(request.b, s->sum.data + sizeof(MAGIC) - 1, sizeof(request.b));
	if (csg_staging_open(s->path, &request, s->count, &back, &why) ==
	    CSG_OK) {
		if (!csg_id_equal(&back->end, &s->end))
			(void)csg_fail(&why, CSG_R_SELFTEST,
			    "%s: reads back differently than it was written",
			    s->path);
		(void)close(s->fd);
		s->fd = back->fd; /* transferred */
		back->fd = -1;
		csg_staging_free(back);
	}
	if (why.rc == CSG_OK)
		return CSG_OK;
	return csg_fail(err, why.reason == CSG_R_IO ? CSG_R_IO : CSG_R_SELFTEST,
	    "%s", why.text);
}

enum csg_rc
csg_staging_end(struct csg_staging *s, struct csg_err *err)
{
	enum csg_rc rc;

	if (s->n != s->count)
		return csg_fail(err, CSG_R_SELFTEST,
		    "%s: only %zu of %zu outputs were staged", s->path, s->n,
		    s->count);
	if ((rc = csg_buf_ok(&s->sum, err)) != CSG_OK ||
	    (rc = csg_id_mem(s->sum.data, s->sum.len, &s->end, err)) != CSG_OK)
		return rc;
	csg_buf_add(&s->unwritten, s->end.b, sizeof(s->end.b));
	if ((rc = write_out(s, err)) != CSG_OK)
		return rc;
	/* After the finish a later run must be able to read this file, so its
	 * bytes and its directory entry are synced before. */
	if (fsync(s->fd) == -1)
		return csg_fail_errno(err, "%s", s->path);
	if ((rc = csg_io_sync_parent(s->path, err)) != CSG_OK ||
	    (rc = read_back(s, err)) != CSG_OK)
		return rc;
	s->ended = true;
	return CSG_OK;
}

/* ---- reading ---- */

/* Read exactly len bytes. */
static enum csg_rc
take(struct csg_staging *s, FILE *f, void *to, size_t len, struct csg_err *err)
{
	if (fread(to, 1, len, f) == len) {
		s->size += len;
		return CSG_OK;
	}
	if (ferror(f))
		return csg_fail_errno(err, "%s", s->path);
	return csg_fail(err, CSG_R_PARSE,
	    "%s: truncated after %zu of %zu outputs", s->path, s->n, s->count);
}

static enum csg_rc
take_head(struct csg_staging *s, FILE *f, struct csg_err *err)
{
	const size_t id = sizeof(MAGIC) - 1, number = HEAD_LEN - 4;
	unsigned char head[HEAD_LEN];
	enum csg_rc rc;

	if ((rc = take(s, f, head, sizeof(head), err)) != CSG_OK)
		return rc;
	if (memcmp(head, MAGIC, id) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "%s: not a file of staged outputs", s->path);
	if (memcmp(head + id, s->sum.data + id, number - id) != 0)
		return csg_fail(err, CSG_R_REQMISMATCH,
		    "%s: holds the outputs of another request", s->path);
	if (memcmp(head + number, s->sum.data + number, 4) != 0)
		return csg_fail(err, CSG_R_PARSE,
		    "%s: has %llu outputs instead of %zu", s->path,
		    (unsigned long long)get_number(head + number, 4), s->count);
	return CSG_OK;
}

static enum csg_rc
take_output(
    struct csg_staging *s, FILE *f, struct csg_buf *bytes, struct csg_err *err)
{
	struct output *o = &s->v[s->n];
	unsigned char number[8], *to;
	enum csg_rc rc;

	if ((rc = take(s, f, number, sizeof(number), err)) != CSG_OK)
		return rc;
	o->at = s->size;
	o->len = get_number(number, sizeof(number));
	if (o->len > CSG_STAGED_MAX)
		return csg_fail(err, CSG_R_PARSE,
		    "%s: output %zu is larger than %d bytes", s->path, s->n,
		    CSG_STAGED_MAX);
	bytes->len = 0;
	if ((to = csg_buf_reserve(bytes, (size_t)o->len)) == NULL)
		return csg_fail_mem(err);
	if ((rc = take(s, f, to, (size_t)o->len, err)) != CSG_OK ||
	    (rc = csg_id_mem(to, (size_t)o->len, &o->id, err)) != CSG_OK)
		return rc;
	count_output(s);
	return CSG_OK;
}

static enum csg_rc
take_end(struct csg_staging *s, FILE *f, struct csg_err *err)
{
	struct csg_id end;
	enum csg_rc rc;

	if ((rc = take(s, f, end.b, sizeof(end.b), err)) != CSG_OK ||
	    (rc = csg_buf_ok(&s->sum, err)) != CSG_OK ||
	    (rc = csg_id_mem(s->sum.data, s->sum.len, &s->end, err)) != CSG_OK)
		return rc;
	if (!csg_id_equal(&end, &s->end))
		return csg_fail(err, CSG_R_PARSE,
		    "%s: the digest at its end does not match its bytes",
		    s->path);
	if (getc(f) != EOF)
		return csg_fail(
		    err, CSG_R_PARSE, "%s: bytes after its end", s->path);
	return ferror(f) ? csg_fail_errno(err, "%s", s->path) : CSG_OK;
}

/* Read the whole file, as a stream over its descriptor. */
static enum csg_rc
take_all(struct csg_staging *s, struct csg_err *err)
{
	struct csg_buf bytes = { 0 };
	FILE *f = NULL;
	int fd;
	enum csg_rc rc;

	if ((fd = dup(s->fd)) == -1 || (f = fdopen(fd, "r")) == NULL) {
		rc = csg_fail_errno(err, "%s", s->path);
		if (fd != -1)
			(void)close(fd);
		return rc;
	}
	(void)setvbuf(f, NULL, _IOFBF, CHUNK);
	rc = take_head(s, f, err);
	while (rc == CSG_OK && s->n < s->count)
		rc = take_output(s, f, &bytes, err);
	if (rc == CSG_OK)
		rc = take_end(s, f, err);
	(void)fclose(f);
	csg_buf_free(&bytes);
	return rc;
}

enum csg_rc
csg_staging_open(const char *path, const struct csg_id *request, size_t count,
    struct csg_staging **out, struct csg_err *err)
{
	struct csg_err why = { 0 };
	struct csg_staging *s;
	enum csg_rc rc;

	*out = NULL;
	if ((rc = staging_new(path, request, count, &s, err)) != CSG_OK)
		return rc;
	s->ended = true;
	if ((s->fd = csg_io_open(path, &why)) == -1) {
		rc = why.rc;
		if (err != NULL)
			*err = why;
	} else
		rc = take_all(s, err);
	if (rc != CSG_OK) {
		csg_staging_free(s);
		return rc;
	}
	*out = s; /* transferred */
	return CSG_OK;
}

/* Read up to len bytes, as many as the file has. */
static ssize_t
read_at(int fd, unsigned char *to, size_t len, uint64_t at)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = pread(fd, to + got, len - got, (off_t)(at + got));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

enum csg_rc
csg_staging_read(const struct csg_staging *s, size_t i, struct csg_buf *out,
    struct csg_err *err)
{
	const struct output *o = &s->v[i];
	unsigned char *to;
	struct csg_id id;
	ssize_t n;
	enum csg_rc rc;

	if ((to = csg_buf_reserve(out, (size_t)o->len)) == NULL)
		return csg_fail_mem(err);
	if ((n = read_at(s->fd, to, (size_t)o->len, o->at)) == -1)
		return csg_fail_errno(err, "%s", s->path);
	if ((rc = csg_id_mem(to, (size_t)n, &id, err)) != CSG_OK)
		return rc;
	if ((uint64_t)n != o->len || !csg_id_equal(&id, &o->id))
		return csg_fail(err, CSG_R_DIGEST,
		    "%s: output %zu changed since it was staged", s->path, i);
	out->len += (size_t)n;
	out->data[out->len] = '\0';
	return CSG_OK;
}
