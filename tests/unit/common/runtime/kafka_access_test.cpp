#include "common/runtime/kafka_access.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "common/testing/fake_clock.h"

namespace shopwire::runtime {
namespace {

using namespace std::chrono_literals;

class KafkaAccessTest : public ::testing::Test {
 protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_);
        write("password", "old");
        write("installation.yaml",
              "kafka:\n  bootstrap: kafka:9092\n  sasl_password: ${file:" + folder_ + "/password}\n");
        config::Problems problems;
        installation_ = config::load_installation(folder_, problems);
        ASSERT_TRUE(problems.empty()) << config::format(problems.front());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ + "/" + name) << text;
        std::filesystem::last_write_time(folder_ + "/" + name, time_ += 1s);
    }
    std::unique_ptr<KafkaAccess> make(std::function<KafkaAccess::Look> look) {
        return std::make_unique<KafkaAccess>(
            installation_, folder_, clock_, [] { return std::vector<kafka::Right>{}; }, std::move(look));
    }
    static Status nothing_more(const kafka::Sight&) { return {}; }

    const std::string folder_ = std::filesystem::temp_directory_path() / ("kafka_access_" + std::to_string(getpid()));
    mutable std::filesystem::file_time_type time_ = std::filesystem::file_time_type::clock::now();
    testing::FakeClock clock_{};
    config::Installation installation_{};
};

TEST_F(KafkaAccessTest, APasswordThatIsPutRightWhileTheServiceWaitsIsRead) {
    installation_.kafka.client_id = "pod-0";  // as options of the command line set them
    installation_.kafka.bootstrap = "other:9092";
    const auto access = make([](const kafka::ClientConfig& config, auto&&...) -> Result<kafka::Sight> {
        EXPECT_EQ(config.client_id, "pod-0");
        EXPECT_EQ(config.bootstrap, "other:9092");
        if (config.sasl_password.reveal() != "new") return rejected("Authentication failed");
        return kafka::Sight{};
    });
    int pauses = 0;
    const Status done = access->await(
        [this](const kafka::Sight&) {
            EXPECT_EQ(installation_.kafka.sasl_password.reveal(), "new");
            return Status{};
        },
        [&](std::chrono::milliseconds) {
            EXPECT_EQ(access->missing(), "Authentication failed");
            if (++pauses == 2) write("password", "new");
            return pauses > 3;
        });
    EXPECT_TRUE(done);
    EXPECT_EQ(pauses, 2);
    EXPECT_EQ(installation_.kafka.sasl_password.reveal(), "new");
    EXPECT_EQ(access->missing(), "");
}

TEST_F(KafkaAccessTest, AnInstallationWithAMistakeLeavesTheLoginAsItWas) {
    const auto access = make([](const kafka::ClientConfig& config, auto&&...) -> Result<kafka::Sight> {
        EXPECT_EQ(config.sasl_password.reveal(), "old");
        return transient("finding a broker: _TRANSPORT: Local: Broker transport failure");
    });
    write("installation.yaml", "kafka: 5\n");
    write("password", "new");
    int pauses = 0;
    EXPECT_FALSE(access->await(nothing_more, [&](auto) { return ++pauses > 2; }));
    EXPECT_EQ(installation_.kafka.sasl_password.reveal(), "old");
}

TEST_F(KafkaAccessTest, SaysByKafkasNameWhyNobodyAnswers) {
    const auto access = make([](auto&&...) -> Result<kafka::Sight> {
        return transient("finding a broker: _RESOLVE: Local: Host resolution failure");
    });
    EXPECT_FALSE(access->await(nothing_more, [](auto) { return true; }));
    EXPECT_EQ(access->missing(), "no broker answers at kafka:9092: _RESOLVE");
}

// One of several brokers: it is the one to ask, for the others trust everybody.
TEST_F(KafkaAccessTest, ABrokerThatDistrustsIsAskedItself) {
    std::atomic<bool> expired{true};
    const auto access = make([&](const kafka::ClientConfig& config, auto&&...) -> Result<kafka::Sight> {
        if (config.bootstrap == "two:9092" && expired) return rejected("expired");
        return kafka::Sight{};
    });
    ASSERT_TRUE(access->await(nothing_more, [](auto) { return true; }));
    while (access->missing() != "expired") {
        access->refused({.distrust = true, .what = "expired", .broker = "two:9092"});  // whenever a client meets it
        std::this_thread::yield();
    }
    EXPECT_FALSE(access->outdated()) << "a new process would be as bad off";
    expired = false;
    while (!access->missing().empty()) std::this_thread::yield();
    EXPECT_FALSE(access->outdated());
}

// An address that nobody needs any more stays bad.
TEST_F(KafkaAccessTest, ABrokerThatNoClientMeetsAgainIsLeftAlone) {
    std::atomic<int> it_was_asked{0};
    std::atomic<int> all_were_asked{0};
    const auto access = make([&](const kafka::ClientConfig& config, auto&&...) -> Result<kafka::Sight> {
        ++(config.bootstrap == "two:9092" ? it_was_asked : all_were_asked);
        if (config.bootstrap == "two:9092") return rejected("expired");
        return kafka::Sight{};
    });
    ASSERT_TRUE(access->await(nothing_more, [](auto) { return true; }));
    access->refused({.distrust = true, .what = "expired", .broker = "two:9092"});
    while (all_were_asked < 2) std::this_thread::yield();
    while (!access->missing().empty()) std::this_thread::yield();
    EXPECT_GT(it_was_asked, 0);
    EXPECT_FALSE(access->outdated());
}

TEST_F(KafkaAccessTest, ClientsThatStayDistrustedWhileANewOneIsTrustedAreOutdated) {
    const kafka::Refusal refusal{.distrust = true, .what = "unknown authority", .broker = "two:9092"};
    KafkaAccess* running = nullptr;
    const auto access = make([&](auto&&...) -> Result<kafka::Sight> {
        if (running != nullptr) running->refused(refusal);  // meanwhile
        return kafka::Sight{};
    });
    ASSERT_TRUE(access->await(nothing_more, [](auto) { return true; }));
    running = access.get();
    access->refused(refusal);
    while (!access->outdated()) std::this_thread::yield();
    EXPECT_EQ(access->missing(), "unknown authority");
}

TEST_F(KafkaAccessTest, ALookIsCutShortWhenTheProcessStops) {
    std::atomic<bool> looking{false};
    auto access = make([&](auto&&, auto&&, auto&&, const std::stop_token& stop) -> Result<kafka::Sight> {
        looking = true;
        while (!stop.stop_requested()) std::this_thread::yield();
        return cancelled();
    });
    std::jthread ends([&] {
        while (!looking) std::this_thread::yield();
        access->request_stop();
    });
    const Status done = access->await(nothing_more, [](auto) { return false; });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace shopwire::runtime
