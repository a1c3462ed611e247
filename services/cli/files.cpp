#include "services/cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

#include "common/core/files.h"

namespace shopwire::cli {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kModeBits = 07777;

std::unexpected<Error> failed(const fs::path& file) {
    return rejected("writing " + file.string() + ": " + std::generic_category().message(errno));
}

class Handle {
 public:
    explicit Handle(int number) : number_(number) {}
    ~Handle() {
        if (number_ >= 0) ::close(number_);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }

 private:
    int number_;
};

// A name in a folder is on disk when the folder is.
bool sync_folder(const fs::path& file) {
    const Handle folder(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return folder.is_open() && ::fsync(folder.number()) == 0;
}

// `like`: whose owner and mode it gets; nullptr: it keeps its own.  After a failure it is gone.
Status fill(const Handle& handle, const fs::path& file, std::string_view text, const struct stat* like) {
    if (!handle.is_open()) return failed(file);
    // The owner first: a change of it takes bits of the mode away.
    const bool good = (like == nullptr || (::fchown(handle.number(), like->st_uid, like->st_gid) == 0 &&
                                           ::fchmod(handle.number(), like->st_mode & kModeBits) == 0)) &&
                      write_all(handle.number(), text) && ::fsync(handle.number()) == 0;
    if (good) return {};
    Status status = failed(file);
    ::unlink(file.c_str());
    return status;
}

}  // namespace

Result<std::string> text_of_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (!in.is_open() || in.bad()) return rejected("reading " + file.string());
    return text.str();
}

Status write_new(const fs::path& file, std::string_view text, mode_t mode) {
    const fs::path whole = fs::absolute(file);
    const Handle handle(::open(whole.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (Status filled = fill(handle, whole, text, nullptr); !filled) return filled;
    if (sync_folder(whole)) return {};
    Status status = failed(whole);
    ::unlink(whole.c_str());
    return status;
}

Status replace_text(const fs::path& file, std::string_view text) {
    std::error_code lost;
    const fs::path target = fs::canonical(file, lost);  // a link stays a link
    struct stat old{};
    if (lost || ::stat(target.c_str(), &old) != 0) return rejected("writing " + file.string() + ": it is not there");
    if (!S_ISREG(old.st_mode)) return rejected("writing " + target.string() + ": it is no file");
    // A name of its own: what a crash left behind blocks nobody.  Until it has the mode of the old file it is the
    // caller's alone.
    std::string draft = target.string() + ".new-XXXXXX";
    const Handle handle(::mkostemp(draft.data(), O_CLOEXEC));
    if (Status filled = fill(handle, draft, text, &old); !filled) return filled;
    if (::rename(draft.c_str(), target.c_str()) != 0) {
        Status status = failed(target);
        ::unlink(draft.c_str());
        return status;
    }
    return sync_folder(target) ? Status{} : failed(target);
}

}  // namespace shopwire::cli
