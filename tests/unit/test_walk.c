/* Tree: all regular files, in the order of their bytes, links left alone. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/walk.h"
#include "tests/unit/unit.h"

static bool
touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	return fd != -1 && close(fd) == 0;
}

static bool
make_tree(void)
{
	return mkdir("t", 0755) == 0 && mkdir("t/b", 0755) == 0 &&
	    mkdir("t/b/c", 0755) == 0 && mkdir("t/empty", 0755) == 0 &&
	    touch("t/b/c/deep") && touch("t/b-") && touch("t/b0") &&
	    touch("t/\xff\n") && touch("t/.hidden") &&
	    symlink("b", "t/link") == 0 && symlink("b0", "t/file") == 0 &&
	    mkfifo("t/pipe", 0644) == 0 && symlink("t", "way") == 0;
}

static void
check_tree(const char *dir)
{
	static const char *const want[] = { ".hidden", "b-", "b/c/deep", "b0",
		"\xff\n" };
	const size_t n = sizeof(want) / sizeof(want[0]);
	struct csg_walk *t;
	struct csg_err err = { 0 };
	size_t i;

	if (!CHECK(csg_walk_read(dir, &t, &err) == CSG_OK))
		return;
	CHECK(t->n == n && t->others == 3 && t->nunread == 0);
	for (i = 0; i < n && i < t->n; i++) {
		CHECK(strcmp(t->files[i], want[i]) == 0);
		CHECK(csg_walk_find(t, want[i]) == i);
	}
	CHECK(csg_walk_find(t, "b") == (size_t)-1);
	CHECK(csg_walk_find(t, "link/c/deep") == (size_t)-1);
	csg_walk_free(t);
}

static void
check_no_tree(const char *dir)
{
	struct csg_walk *t;
	struct csg_err err = { 0 };

	CHECK(csg_walk_read(dir, &t, &err) == CSG_TROUBLE);
	CHECK(t == NULL && err.reason == CSG_R_IO);
}

static void
check_empty(void)
{
	struct csg_walk *t;
	struct csg_err err = { 0 };

	if (!CHECK(csg_walk_read("t/empty", &t, &err) == CSG_OK))
		return;
	CHECK(t->n == 0 && csg_walk_find(t, "x") == (size_t)-1);
	csg_walk_free(t);
}

int
main(void)
{
	if (!unit_enter_dir() || !make_tree())
		return 1;
	unit_case("the regular files below a directory, in order");
	check_tree("t");
	check_tree("t/");
	unit_case("the directory itself may be named by a link");
	check_tree("way");
	unit_case("an empty directory, none, and a file");
	check_empty();
	check_no_tree("gone");
	check_no_tree("t/b0");
	csg_walk_free(NULL);
	return unit_done();
}
