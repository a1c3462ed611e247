// A configuration folder is read as a whole; one merchant's mistake leaves the others alone.
#include "common/config/installation.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace shopwire::config {
namespace {

class InstallationTest : public ::testing::Test {
 protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "shopwire-config-XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        std::filesystem::create_directories(folder_ + "/merchants");
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& file, const std::string& text) { std::ofstream(folder_ + "/" + file) << text; }

    std::string folder_{};
};

TEST_F(InstallationTest, HasDefaultsForWhatIsNotSaid) {
    write("installation.yaml", "kafka: {bootstrap: 'k:9092'}\nsystem_partitions: {a: 6}\n");
    Problems problems;
    const Installation out = load_installation(folder_, problems);
    ASSERT_TRUE(problems.empty()) << format(problems.front());
    EXPECT_EQ(out.kafka.bootstrap, "k:9092");
    EXPECT_EQ(out.partitions_of("a"), 6);
    EXPECT_EQ(out.partitions_of("b"), 4);
}

TEST_F(InstallationTest, NamesEveryMistakeOfTheFile) {
    write("installation.yaml", "replication: 0\nruntime: {backoff_first: often}\nservces: {}\n");
    Problems problems;
    load_installation(folder_, problems);
    ASSERT_EQ(problems.size(), 3U);
    EXPECT_EQ(problems[0].path, "servces");
    EXPECT_EQ(problems[1].path, "runtime.backoff_first");
    EXPECT_EQ(problems[2].path, "replication");
}

TEST_F(InstallationTest, AMissingFileIsAProblem) {
    Problems problems;
    load_installation(folder_, problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(format(problems[0]).find("expected a readable file"), std::string::npos);
}

TEST_F(InstallationTest, AMerchantsMistakeIsItsOwn) {
    write("merchants/good.yaml", "merchant: good\nconnections:\n  shop: {system: a, settings: {x: 1}}\n");
    write("merchants/bad.yaml", "merchant: BAD name\nconnections: {}\n");
    write("merchants/worse.yaml", "merchant: [\n");
    const Merchants out = load_merchants(folder_);
    ASSERT_EQ(out.merchants.size(), 1U);
    EXPECT_EQ(out.merchants.at("good").connections.at("shop").budget, "good/shop");
    EXPECT_EQ(out.merchants.at("good").connections.at("shop").settings.member("x").scalar(), "1");
    EXPECT_EQ(out.problems.size(), 2U);
}

TEST_F(InstallationTest, TheSameMerchantInTwoFilesIsAProblem) {
    write("merchants/a.yaml", "merchant: one\nconnections: {}\n");
    write("merchants/b.yaml", "merchant: one\nconnections: {}\n");
    const Merchants out = load_merchants(folder_);
    EXPECT_EQ(out.merchants.size(), 1U);
    EXPECT_TRUE(out.problems.contains(folder_ + "/merchants/b.yaml"));
}

TEST_F(InstallationTest, TheGenerationFollowsTheText) {
    write("merchants/a.yaml", "merchant: one\nconnections: {}\n");
    const std::uint64_t first = load_merchants(folder_).merchants.at("one").generation;
    write("merchants/a.yaml", "merchant: one\nconnections: {}\n# changed\n");
    EXPECT_NE(load_merchants(folder_).merchants.at("one").generation, first);
}

}  // namespace
}  // namespace shopwire::config
