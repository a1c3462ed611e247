#include "services/cli/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

namespace shopwire::cli {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 public:
    ~Files() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }

 protected:
    Files() {
        std::string pattern = (fs::temp_directory_path() / "shopwire-files-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder_ = pattern;
        std::ofstream(folder_ / "one.yaml") << "old\n";
    }
    struct stat about(const char* file) const {
        struct stat info{};
        EXPECT_EQ(::lstat((folder_ / file).c_str(), &info), 0) << file;
        return info;
    }
    std::string text(const char* file) const { return text_of_file(folder_ / file).value_or("<none>"); }
    std::size_t count() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    fs::path folder_{};
};

TEST_F(Files, KeepOwnerAndMode) {
    ASSERT_EQ(::chmod((folder_ / "one.yaml").c_str(), 0640), 0);
    const bool is_root = ::geteuid() == 0;  // who alone may give a file away
    const uid_t owner = is_root ? 1234 : ::geteuid();
    const gid_t group = is_root ? 1235 : ::getegid();
    ASSERT_EQ(::chown((folder_ / "one.yaml").c_str(), owner, group), 0);
    const Status written = replace_text(folder_ / "one.yaml", "new\n");
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(text("one.yaml"), "new\n");
    EXPECT_EQ(about("one.yaml").st_mode & 07777U, 0640U);
    EXPECT_EQ(about("one.yaml").st_uid, owner);
    EXPECT_EQ(about("one.yaml").st_gid, group);
    EXPECT_EQ(count(), 1U);
}

TEST_F(Files, AreWrittenWhereALinkLeads) {
    fs::create_directory(folder_ / "links");
    fs::create_symlink("../one.yaml", folder_ / "links/example.yaml");
    ASSERT_TRUE(replace_text(folder_ / "links/example.yaml", "new\n"));
    EXPECT_TRUE(S_ISLNK(about("links/example.yaml").st_mode));
    EXPECT_EQ(text("one.yaml"), "new\n");
}

// Of a crash, or a link that leads to what is not to be overwritten.
TEST_F(Files, AreWrittenBesideADraftThatIsThere) {
    std::ofstream(folder_ / "precious") << "kept";
    fs::create_symlink("precious", folder_ / "one.yaml.new");
    for (const char* line : {"new\n", "newer\n"}) {
        const Status written = replace_text(folder_ / "one.yaml", line);
        ASSERT_TRUE(written) << written.error().message;
        EXPECT_EQ(text("one.yaml"), line);
    }
    EXPECT_EQ(text("precious"), "kept");
    EXPECT_EQ(count(), 3U) << "no draft of ours stays";
}

// A disk that is full, here a limit of the process.
TEST_F(Files, LeaveNoDraftAfterAFailure) {
    struct rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit small{.rlim_cur = 2, .rlim_max = limit.rlim_max};
    const auto before = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status full = replace_text(folder_ / "one.yaml", "much longer\n");
    const Status none = write_new(folder_ / "two", "much longer\n", 0600);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, before);
    EXPECT_FALSE(full);
    EXPECT_FALSE(none);
    EXPECT_EQ(text("one.yaml"), "old\n");
    EXPECT_EQ(count(), 1U);
}

TEST_F(Files, NameWhatIsNoFile) {
    fs::create_directory(folder_ / "folder");
    EXPECT_TRUE(replace_text(folder_ / "folder", "x").error().message.ends_with("it is no file"));
    EXPECT_TRUE(replace_text(folder_ / "missing", "x").error().message.ends_with("it is not there"));
    EXPECT_EQ(count(), 2U);
}

TEST_F(Files, AreNewOrRefused) {
    const Status refused = write_new(folder_ / "one.yaml", "new\n", 0600);
    ASSERT_FALSE(refused);
    EXPECT_EQ(text("one.yaml"), "old\n");
    fs::create_symlink("one.yaml", folder_ / "link");
    EXPECT_FALSE(write_new(folder_ / "link", "new\n", 0600));
    ASSERT_TRUE(write_new(folder_ / "two", "secret", 0600));
    EXPECT_EQ(about("two").st_mode & 07777U, 0600U);
    EXPECT_EQ(text("two"), "secret");
}

}  // namespace
}  // namespace shopwire::cli
