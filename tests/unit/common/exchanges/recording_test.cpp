// Goal: what was recorded answers again, under stable names, and neither a key nor a person is on the disk.
#include "common/exchanges/recording.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "common/testing/fake_transport.h"

namespace shopwire::exchanges {
namespace {

class RecordingTest : public ::testing::Test {
 public:
    ~RecordingTest() override { std::filesystem::remove_all(folder_); }

 protected:
    std::unique_ptr<http::Transport> recorder(std::shared_ptr<Recorder>* kept = nullptr) {
        auto opened = Recorder::open(folder_.string(), {});
        EXPECT_TRUE(opened) << opened.error().message;
        if (kept != nullptr) *kept = *opened;
        auto remote = std::make_unique<testing::FakeTransport>();
        remote_ = remote.get();
        return recording(std::move(remote), *opened);
    }
    std::shared_ptr<Recordings> recordings() {
        auto loaded = Recordings::load(folder_.string(), {});
        EXPECT_TRUE(loaded) << loaded.error().message;
        return *loaded;
    }
    std::set<std::string> names() const {
        std::set<std::string> out;
        for (const auto& entry : std::filesystem::directory_iterator(folder_))
            out.insert(entry.path().filename().string());
        return out;
    }
    std::string all_text() const {
        std::ostringstream out;
        for (const auto& entry : std::filesystem::directory_iterator(folder_))
            out << std::ifstream(entry.path()).rdbuf();
        return out.str();
    }
    static http::Request page(int number) {
        return {.url = "https://erp.example/things",
                .query = {{"page", std::to_string(number)}, {"key", "k3y"}},
                .headers = {{"Authorization", "Bearer s3cret"}},
                .operation = "list_things"};
    }

    const std::filesystem::path folder_ =
        std::filesystem::path(::testing::TempDir()) / ("recording-" + std::to_string(::getpid()));
    testing::FakeTransport* remote_ = nullptr;
};

TEST_F(RecordingTest, WhatWasRecordedAnswersAgain) {
    const auto live = recorder();
    remote_->reply(200, R"({"things":[{"cost":1299.00}]})", {{"Link", "next"}});
    remote_->reply(404, R"({"message":"none"})");
    ASSERT_TRUE(live->send(page(1), {}));
    ASSERT_TRUE(live->send(page(2), {}));

    const auto loaded = recordings();
    EXPECT_EQ(2U, loaded->size());
    const auto replay = replaying(loaded);
    // Another host and another key: it is the same call.
    http::Request again = page(1);
    again.url = "http://127.0.0.1:99/things";
    again.query[1].second = "other";
    const auto first = replay->send(again, {});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(200, first->status);
    EXPECT_EQ(R"({"things":[{"cost":1299.00}]})", first->body);
    EXPECT_EQ("next", *http::find_header(first->headers, "link"));
    EXPECT_EQ(404, replay->send(page(2), {})->status);
}

TEST_F(RecordingTest, AlikeRequestsAnswerInTheirOrderAndThenTheLastOneAgain) {
    const auto live = recorder();
    for (int i = 1; i <= 11; ++i) {
        remote_->reply(200, "[" + std::to_string(i) + "]");
        ASSERT_TRUE(live->send(page(1), {}));
    }
    const auto replay = replaying(recordings());
    for (int i = 1; i <= 11; ++i) EXPECT_EQ("[" + std::to_string(i) + "]", replay->send(page(1), {})->body);
    EXPECT_EQ("[11]", replay->send(page(1), {})->body);
}

TEST_F(RecordingTest, ARequestWithoutRecordingNamesItself) {
    const auto live = recorder();
    remote_->reply(200, "{}");
    ASSERT_TRUE(live->send(page(1), {}));
    const auto answer = replaying(recordings())->send(page(7), {});
    ASSERT_FALSE(answer);
    EXPECT_EQ(ErrorKind::kRejected, answer.error().kind);
    EXPECT_EQ(folder_.string() + " holds no answer to list_things: GET https://erp.example/things?page=7&key=***",
              answer.error().message);
}

TEST_F(RecordingTest, NeitherKeysNorPeopleAreOnTheDisk) {
    const auto live = recorder();
    remote_->reply(
        200,
        R"({"customer":{"name":"Petar Petrović","email":"petar@example.com","phone":381641112223},"token":"t0k"})");
    http::Request request = page(1);
    request.method = "POST";
    request.body = R"({"email":"petar@example.com","password":"p4ss","total":5.00})";
    ASSERT_TRUE(live->send(request, {}));
    const std::string text = all_text();
    for (const char* hidden : {"s3cret", "k3y", "Petar", "Petrovi", "petar", "381641112223", "t0k", "p4ss"})
        EXPECT_FALSE(text.contains(hidden)) << hidden << "\n" << text;
    EXPECT_TRUE(text.contains("5.00")) << text;
    EXPECT_TRUE(text.contains("xxxxx@xxxxxxx.xxx")) << text;
    EXPECT_EQ(200, replaying(recordings())->send(request, {})->status);
}

TEST_F(RecordingTest, TheSameCallsOfAnotherDayHaveTheSameNames) {
    const auto run = [this](const std::string& since, const std::string& epoch) {
        const auto live = recorder();
        remote_->reply(200, "{}");
        remote_->reply(200, "{}");
        EXPECT_TRUE(
            live->send({.url = "https://a/x", .query = {{"since", since}, {"n", "5"}}, .operation = "list"}, {}));
        EXPECT_TRUE(live->send({.url = "https://a/x", .query = {{"since", epoch}}, .operation = "list"}, {}));
        const std::set<std::string> found = names();
        std::filesystem::remove_all(folder_);
        return found;
    };
    const auto first = run("2026-11-21T10:00:00", "1795251600");
    EXPECT_EQ(first, run("2027-01-03T23:59:59", "1800000000"));
    EXPECT_EQ(2U, first.size());
}

TEST_F(RecordingTest, AFolderWithRecordingsIsNotMixedWithOthers) {
    const auto live = recorder();
    remote_->reply(200, "{}");
    ASSERT_TRUE(live->send(page(1), {}));
    const auto second = Recorder::open(folder_.string(), {});
    ASSERT_FALSE(second);
    EXPECT_TRUE(second.error().message.contains("expected a folder without recordings, found list_things-"))
        << second.error().message;
}

// A disk that is full, here a bound of the process.
TEST_F(RecordingTest, HalfAFileIsNone) {
    std::shared_ptr<Recorder> kept;
    const auto live = recorder(&kept);
    remote_->reply(200, "{}");
    remote_->reply(200, "[1]");
    ::signal(SIGXFSZ, SIG_IGN);
    ::rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const ::rlimit small{.rlim_cur = 100, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_TRUE(live->send(page(1), {}));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(kept->left_out(), 1U);
    EXPECT_EQ(names(), std::set<std::string>{});
    EXPECT_TRUE(live->send(page(1), {}));
    EXPECT_EQ(names().size(), 1U);
    EXPECT_EQ(replaying(recordings())->send(page(1), {})->body, "[1]");
}

TEST_F(RecordingTest, AnAnswerOverTheBoundIsLeftOutAndCounted) {
    std::shared_ptr<Recorder> kept;
    const auto live = recorder(&kept);
    remote_->reply(200, "[\"" + std::string(kExchangeBytesMax, 'x') + "\"]");
    remote_->fail({.kind = ErrorKind::kTransient, .message = "testing"});
    ASSERT_TRUE(live->send(page(1), {}));
    ASSERT_FALSE(live->send(page(2), {}));
    EXPECT_EQ(1U, kept->left_out());
    EXPECT_TRUE(names().empty());
}

TEST_F(RecordingTest, AFolderThatHoldsNoneIsAMistake) {
    EXPECT_FALSE(Recordings::load(folder_.string(), {}));
    std::filesystem::create_directories(folder_);
    EXPECT_TRUE(Recordings::load(folder_.string(), {}).error().message.contains("there is no recording"));
}

}  // namespace
}  // namespace shopwire::exchanges
