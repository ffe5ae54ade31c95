/* SPDX-License-Identifier: MIT */
/*
 * Paths that stay below a directory. Where Linux has openat2() it resolves them; where it is
 * missing (or a sandbox hides it) the walk below does the same with a descriptor per directory
 * entered, so that ".." goes back to where it came from and not to where a directory has been moved
 * since.
 *
 *   the walk:   text still to walk           "b/../link/c"
 *               stack of directories         [root] [a] [b]      ".." pops, never below [0]
 *               a symbolic link              its target is put before the rest of the text
 */
#include "beneath.h"
#include <base/checked.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

constexpr int LINKS_MAX = 40; /* as Linux */
constexpr int DEPTH_MAX = 128;
constexpr int RETRIES = 16;

static bool walk_always;

void beneath_set_walk(bool always) {
    walk_always = always;
}

struct walk {
    char text[2 * PATH_MAX];
    const char *rest;
    int stack[DEPTH_MAX]; /* [0] is the caller's and stays open */
    int depth;
    int links;
};

static int walk_top(const struct walk *walk) {
    return walk->stack[walk->depth];
}

static void walk_pop(struct walk *walk) {
    close(walk->stack[walk->depth--]);
}

static int walk_push(struct walk *walk, int directory) {
    if (walk->depth + 1 == DEPTH_MAX) {
        close(directory);
        return -ENAMETOOLONG;
    }
    walk->stack[++walk->depth] = directory;
    return 0;
}

/* Goes on with the link's target, then with what followed the link. */
static int walk_follow(struct walk *walk, const char *name, bool slash) {
    char target[2 * PATH_MAX];
    ssize_t size = readlinkat(walk_top(walk), name, target, PATH_MAX - 2);
    if (size < 0) {
        return -errno;
    }
    if (size == 0 || ++walk->links > LINKS_MAX) {
        return size == 0 ? -ENOENT : -ELOOP;
    }
    if (target[0] == '/') {
        return -EXDEV;
    }
    if (slash) {
        target[size++] = '/';
    }
    size_t rest = strlen(walk->rest);
    if ((size_t)size + rest + 1 > sizeof(target)) {
        return -ENAMETOOLONG;
    }
    memcpy(target + size, walk->rest, rest + 1);
    memcpy(walk->text, target, (size_t)size + rest + 1);
    walk->rest = walk->text;
    return 0;
}

/* Cuts the next part off; `slash` tells whether a '/' followed it. False: the part is too long. */
static bool walk_next(struct walk *walk, char *name, bool *slash) {
    size_t size = strcspn(walk->rest, "/");
    if (size > NAME_MAX) {
        return false;
    }
    memcpy(name, walk->rest, size);
    name[size] = 0;
    walk->rest += size;
    *slash = *walk->rest == '/';
    walk->rest += strspn(walk->rest, "/");
    return true;
}

/* The part is no symbolic link, or the caller does not want it followed. */
static int walk_open_last(struct walk *walk, const char *name, bool slash, int flags, mode_t mode) {
    if (slash && (flags & O_CREAT) != 0) {
        return -EISDIR;
    }
    int file = openat(walk_top(walk), name,
                      flags | O_NOFOLLOW | O_CLOEXEC | (slash ? O_DIRECTORY : 0), mode);
    return file < 0 ? -errno : file;
}

static bool is_link(int directory, const char *name) {
    struct stat stat;
    return fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(stat.st_mode);
}

/* Walks one part. With the last one, *result is the opened file. 0 or -errno. */
static int walk_step(struct walk *walk, int flags, mode_t mode, int *result) {
    char name[NAME_MAX + 1];
    bool slash;
    if (!walk_next(walk, name, &slash)) {
        return -ENAMETOOLONG;
    }
    bool last = *walk->rest == 0;
    if (strcmp(name, "..") == 0) {
        if (walk->depth == 0) {
            return -EXDEV;
        }
        walk_pop(walk);
    } else if (strcmp(name, ".") != 0) {
        bool follow = !last || slash || (flags & (O_NOFOLLOW | O_EXCL)) == 0;
        if (follow && is_link(walk_top(walk), name)) {
            return walk_follow(walk, name, slash);
        }
        if (last) {
            *result = walk_open_last(walk, name, slash, flags, mode);
            return *result < 0 ? *result : 0;
        }
        int directory = openat(walk_top(walk), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return directory < 0 ? -errno : walk_push(walk, directory);
    }
    if (last) {
        *result = walk_open_last(walk, ".", false, flags & ~O_CREAT, mode);
        return *result < 0 ? *result : 0;
    }
    return 0;
}

static int walk_open(int directory, const char *path, int flags, mode_t mode) {
    struct walk walk = {.stack = {directory}};
    size_t size = strlen(path);
    if (size >= PATH_MAX) {
        return -ENAMETOOLONG;
    }
    if (path[0] == '/') {
        return -EXDEV;
    }
    memcpy(walk.text, path, size + 1);
    walk.rest = walk.text;
    int result = -ENOENT;
    int status = 0;
    while (status == 0 && *walk.rest != 0) {
        result = -ENOENT;
        status = walk_step(&walk, flags, mode, &result);
    }
    while (walk.depth > 0) {
        walk_pop(&walk);
    }
    return status < 0 ? status : result;
}

int beneath_open(int directory, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    for (int i = 0; i < RETRIES && !walk_always; i++) {
        long file = syscall(SYS_openat2, directory, path, &how, sizeof(how));
        if (file >= 0) {
            return (int)file;
        }
        /* EAGAIN: someone renamed while ".." was resolved. EPERM is also how sandboxes hide it;
         * the walk gets the same answer when it is a real one. */
        if (errno == ENOSYS || errno == EPERM) {
            break;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return -errno;
        }
    }
    return walk_open(directory, path, flags, mode);
}

/* Where the last part starts and how long it is, without slashes behind it. */
static size_t last_part(const char *path, size_t *size) {
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    *size = end - start;
    return start;
}

int place_open(int directory, const char *path, struct place *out) {
    char parent[PATH_MAX];
    size_t size;
    size_t start = last_part(path, &size);
    if (path[0] == '/') {
        return -EXDEV;
    }
    if (size >= sizeof(out->name) || start >= sizeof(parent) - 1) {
        return -ENAMETOOLONG;
    }
    memcpy(out->name, path + start, size);
    out->name[size] = 0;
    if (strcmp(out->name, ".") == 0 || strcmp(out->name, "..") == 0) {
        return -EINVAL;
    }
    out->directory = path[start + size] == '/';
    memcpy(parent, path, start);
    memcpy(parent + start, ".", 2);
    out->parent = beneath_open(directory, parent, O_PATH | O_DIRECTORY, 0);
    return out->parent < 0 ? out->parent : 0;
}

void place_close(struct place *place) {
    close(place->parent);
}
