// Takes the one key that a shop posts.  Thread-safe: a server calls `answer`, one thread waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>

#include "common/core/error.h"
#include "common/http/server.h"

namespace shopwire::cli {

struct KeyFiles {
    std::filesystem::path key{};
    std::filesystem::path secret{};
};

class Desk {
 public:
    // `state` is how we know our own question again.
    Desk(std::string path, std::string state, KeyFiles files)
        : path_(std::move(path)), state_(std::move(state)), files_(std::move(files)) {}

    // The shop shows the merchant an error unless it gets 200, and then forgets the key: so it is stored before.
    http::ServerResponse answer(const http::ServerRequest& request);

    // Until the key is stored.  After a failure none is taken any more: nobody would be told of it.
    Status wait(std::chrono::milliseconds limit);

 private:
    const std::string path_;
    const std::string state_;
    const KeyFiles files_;
    std::mutex mutex_{};
    std::condition_variable changed_{};
    bool done_ = false;
    std::string last_problem_{};
};

}  // namespace shopwire::cli
