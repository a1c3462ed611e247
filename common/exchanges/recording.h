// Exchanges that are kept in a folder, masked, and answers out of such a folder: fixtures, and a way to see what a
// system said.  Thread-safe.
//
// One file for each exchange, OPERATION-HASH-N.json: the hash is that of the masked request without its host and its
// times, N counts those that are alike.  So the same calls give the same names.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/exchanges/mask.h"
#include "common/http/transport.h"

namespace shopwire::exchanges {

constexpr std::size_t kExchangesMax = 10'000;                                // of a folder
constexpr std::size_t kExchangeBytesMax = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kFolderBytesMax = std::size_t{512} * 1024 * 1024;

// Keeps what goes through.  One over a bound is left out; so is one whose answer did not come.
class Recorder {
 public:
    // Makes the folder.  kRejected: it cannot be written, or holds recordings already.
    static Result<std::shared_ptr<Recorder>> open(const std::string& folder, const MaskWords& words);

    void keep(const http::Request& request, const http::Response& response);
    std::size_t left_out() const;

 private:
    Recorder(std::string folder, Mask mask) : folder_(std::move(folder)), mask_(std::move(mask)) {}

    const std::string folder_;
    const Mask mask_;
    mutable std::mutex mutex_{};  // guards what follows
    std::map<std::string, int> counts_{};
    std::size_t files_ = 0, bytes_ = 0, left_out_ = 0;
};

// Answers from a folder: alike requests one after the other as they were recorded, then the last one again.
class Recordings {
 public:
    static Result<std::shared_ptr<Recordings>> load(const std::string& folder, const MaskWords& words);

    // kRejected: there is none for this request.
    Result<http::Response> answer(const http::Request& request);
    std::size_t size() const { return size_; }

 private:
    explicit Recordings(std::string folder, Mask mask) : folder_(std::move(folder)), mask_(std::move(mask)) {}
    struct Answers {
        std::vector<http::Response> list{};
        std::size_t next = 0;
    };

    const std::string folder_;
    const Mask mask_;
    std::size_t size_ = 0;
    std::mutex mutex_{};
    std::map<std::string, Answers> answers_{};  // guarded by mutex_ once loaded
};

// Shared by all transports of a process, which live as long as their connections.
std::unique_ptr<http::Transport> recording(std::unique_ptr<http::Transport> inner, std::shared_ptr<Recorder> recorder);
std::unique_ptr<http::Transport> replaying(std::shared_ptr<Recordings> recordings);

// The file's name without its number: "list_stock-1f0a...".
std::string name_of(const http::Request& masked);

}  // namespace shopwire::exchanges
