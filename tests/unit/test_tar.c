/* Tar archives: what tar makes of ours, and what we make of others. */
#include <string.h>
#include <sys/stat.h>

#include "lib/base/io.h"
#include "lib/codec/tar.h"
#include "tests/unit/unit.h"

#define TIME INT64_C(1795428000) /* 2026-11-23T10:00:00Z */

static struct csg_files set;
static struct csg_buf archive;

static bool
add(const char *name, const void *data, size_t len)
{
	struct csg_err err = { 0 };

	return csg_files_add(&set, name, data, len, &err) == CSG_OK;
}

static void
make(void)
{
	static unsigned char block[512];
	char longest[CSG_TAR_NAME + 1];
	struct csg_err err = { 0 };

	memset(longest, 'x', sizeof(longest));
	longest[3] = '/';
	longest[CSG_TAR_NAME] = '\0';
	memset(block, 0xff, sizeof(block));
	CHECK(add("manifest", "text\n", 5) && add("empty", "", 0) &&
	    add("tokens/a/block", block, sizeof(block)) &&
	    add(longest, block, 511));
	CHECK(csg_tar_write(&set, TIME, &archive, &err) == CSG_OK);
}

static bool
same_file(const struct csg_file *f)
{
	const struct csg_file *g = csg_files_find(&set, f->name);

	return g != NULL && g->data.len == f->data.len &&
	    memcmp(g->data.data, f->data.data, f->data.len) == 0;
}

static enum csg_reason
reason_of(const void *data, size_t len, int64_t time)
{
	struct csg_files got = { 0 };
	struct csg_err err = { 0 };
	size_t i;

	if (csg_tar_read(data, len, time, &got, &err) == CSG_OK) {
		CHECK(got.n == set.n);
		for (i = 0; i < got.n; i++)
			CHECK(same_file(&got.v[i]));
	}
	csg_files_free(&got);
	return err.reason;
}

static void
test_tar(void)
{
	struct csg_err err = { 0 };
	struct csg_buf got = { 0 };
	struct stat st;
	size_t i;

	unit_case("tar unpacks it");
	CHECK(csg_io_write(".", "a.tar", 0600, archive.data, archive.len,
		  CSG_EXISTING_REFUSE, &err) == CSG_OK);
	CHECK(system("mkdir x && tar -C x -xpf a.tar") == 0);
	CHECK(chdir("x") == 0);
	for (i = 0; i < set.n; i++) {
		CHECK(csg_io_read(set.v[i].name, 4096, &got, &err) == CSG_OK &&
		    got.len == set.v[i].data.len &&
		    memcmp(got.data, set.v[i].data.data, got.len) == 0);
		CHECK(stat(set.v[i].name, &st) == 0 &&
		    (st.st_mode & 07777) == 0600 && st.st_mtime == TIME);
		csg_buf_free(&got);
	}
	CHECK(chdir("..") == 0);
}

static void
test_read(void)
{
	size_t i;

	unit_case("what was written is read; any other byte or end is not");
	CHECK(reason_of(archive.data, archive.len, TIME) == CSG_R_NONE);
	CHECK(reason_of(archive.data, archive.len, TIME + 1) == CSG_R_PARSE);
	for (i = 0; i < archive.len; i++)
		CHECK(reason_of(archive.data, i, TIME) == CSG_R_PARSE);
	for (i = 0; i < archive.len; i++) {
		archive.data[i] ^= 1;
		/* all but the contents of the three files that have any */
		if (!((i >= 512 && i < 517) || (i >= 2048 && i < 2560) ||
			(i >= 3072 && i < 3583)))
			CHECK(reason_of(archive.data, archive.len, TIME) ==
			    CSG_R_PARSE);
		archive.data[i] ^= 1;
	}
}

static void
test_foreign(void)
{
	struct csg_buf got = { 0 };
	struct csg_err err = { 0 };

	unit_case("an archive that tar made is refused");
	CHECK(system("cd x && tar --format=ustar -cf ../b.tar manifest") == 0);
	CHECK(csg_io_read("b.tar", 65536, &got, &err) == CSG_OK);
	CHECK(reason_of(got.data, got.len, TIME) == CSG_R_PARSE);
	csg_buf_free(&got);
	unit_case("a name that is too long is refused");
	CHECK(add("12345678901234567890123456789012345678901234567890"
		  "1234567890123456789012345678901234567890123456789",
	    "", 0));
	CHECK(!add("12345678901234567890123456789012345678901234567890"
		   "12345678901234567890123456789012345678901234567890",
	    "", 0));
	CHECK(!add("", "", 0));
}

int
main(void)
{
	if (!unit_enter_dir())
		return 1;
	make();
	test_tar();
	test_read();
	test_foreign();
	csg_files_free(&set);
	csg_buf_free(&archive);
	return unit_done();
}
