#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec/tar.h"

#define BLOCK 512
#define END (2 * BLOCK) /* zeros that end an archive */
#define MAX_SIZE 0777777777UL /* eleven octal digits could hold more */

/* ---- files ---- */

enum csg_rc
csg_files_add(struct csg_files *set, const char *name, const void *data,
    size_t len, struct csg_err *err)
{
	struct csg_file *v, *f;

	if (name[0] == '\0' || strlen(name) > CSG_TAR_NAME || len > MAX_SIZE)
		return csg_fail(err, CSG_R_TYPE,
		    "%.200s: the file is too large, or its name too long, for a backup",
		    name);
	if ((v = reallocarray(set->v, set->n + 1, sizeof(*v))) == NULL)
		return csg_fail_mem(err);
	set->v = v;
	f = &v[set->n];
	memset(f, 0, sizeof(*f));
	if ((f->name = strdup(name)) == NULL)
		return csg_fail_mem(err);
	set->n++;
	csg_buf_add(&f->data, data, len);
	return csg_buf_ok(&f->data, err);
}

const struct csg_file *
csg_files_find(const struct csg_files *set, const char *name)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		if (strcmp(set->v[i].name, name) == 0)
			return &set->v[i];
	return NULL;
}

void
csg_files_free(struct csg_files *set)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		free(set->v[i].name);
		csg_buf_free(&set->v[i].data);
	}
	free(set->v);
	memset(set, 0, sizeof(*set));
}

/* ---- the archive ---- */

/* Offsets and lengths of a header's fields. */
#define NAME 0
#define MODE 100
#define UID 108
#define GID 116
#define SIZE 124
#define MTIME 136
#define CHECKSUM 148
#define TYPEFLAG 156
#define MAGIC 257

static void
make_header(unsigned char h[BLOCK], const char *name, size_t size, int64_t time)
{
	char *field = (char *)h;
	unsigned sum = 0;
	size_t i;

	memset(h, 0, BLOCK);
	memcpy(field + NAME, name, strlen(name));
	(void)snprintf(field + MODE, 8, "%07o", 0600U);
	(void)snprintf(field + UID, 8, "%07o", 0U);
	(void)snprintf(field + GID, 8, "%07o", 0U);
	(void)snprintf(field + SIZE, 12, "%011lo", (unsigned long)size);
	(void)snprintf(field + MTIME, 12, "%011llo", (unsigned long long)time);
	field[TYPEFLAG] = '0';
	memcpy(field + MAGIC, "ustar\00000", 8); /* and the version */
	memset(field + CHECKSUM, ' ', 8);
	for (i = 0; i < BLOCK; i++)
		sum += h[i];
	(void)snprintf(field + CHECKSUM, 7, "%06o", sum);
}

/* Bytes from the end of the contents to the end of their last block. */
static size_t
padding(size_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

enum csg_rc
csg_tar_write(const struct csg_files *set, int64_t time, struct csg_buf *out,
    struct csg_err *err)
{
	static const unsigned char zeros[END];
	unsigned char h[BLOCK];
	const struct csg_file *f;
	size_t i;

	for (i = 0; i < set->n; i++) {
		f = &set->v[i];
		make_header(h, f->name, f->data.len, time);
		csg_buf_add(out, h, sizeof(h));
		csg_buf_add(out, f->data.data, f->data.len);
		csg_buf_add(out, zeros, padding(f->data.len));
	}
	csg_buf_add(out, zeros, sizeof(zeros));
	return csg_buf_ok(out, err);
}

static bool
all_zero(const unsigned char *p, size_t len)
{
	size_t i;

	for (i = 0; i < len && p[i] == 0; i++)
		;
	return i == len;
}

/* Name and size from a header, which must be as make_header() makes it. */
static bool
read_header(const unsigned char *p, int64_t time, char name[CSG_TAR_NAME + 1],
    size_t *size)
{
	unsigned char h[BLOCK];
	char digits[12];

	memcpy(name, p + NAME, CSG_TAR_NAME + 1);
	name[CSG_TAR_NAME] = '\0';
	memcpy(digits, p + SIZE, sizeof(digits));
	digits[11] = '\0';
	*size = strtoul(digits, NULL, 8);
	if (name[0] == '\0' || *size > MAX_SIZE)
		return false;
	make_header(h, name, *size, time);
	return memcmp(h, p, BLOCK) == 0;
}

enum csg_rc
csg_tar_read(const void *archive, size_t len, int64_t time,
    struct csg_files *out, struct csg_err *err)
{
	const unsigned char *p = archive;
	char name[CSG_TAR_NAME + 1];
	size_t size;
	enum csg_rc rc;

	while (len > END) {
		if (!read_header(p, time, name, &size))
			return csg_fail(err, CSG_R_PARSE,
			    "archive: has a header that csg does not write");
		p += BLOCK;
		len -= BLOCK;
		if (size > len || padding(size) > len - size ||
		    !all_zero(p + size, padding(size)))
			return csg_fail(err, CSG_R_PARSE,
			    "archive: %s is truncated or wrongly padded", name);
		if ((rc = csg_files_add(out, name, p, size, err)) != CSG_OK)
			return rc;
		p += size + padding(size);
		len -= size + padding(size);
	}
	if (len != END || !all_zero(p, len))
		return csg_fail(
		    err, CSG_R_PARSE, "archive: the end is missing");
	return CSG_OK;
}
