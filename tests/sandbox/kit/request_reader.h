// Reads HTTP/1.1 requests one after the other from a connection (content length or chunked). One thread.
#pragma once

#include <string>

#include "tests/sandbox/kit/connection.h"
#include "tests/sandbox/kit/http_message.h"

namespace sandbox::kit {

enum class ReadResult { kRequest, kClosed, kMalformed, kTooLarge };

class RequestReader {
 public:
    RequestReader(Connection& connection, std::size_t max_body) : connection_(connection), max_body_(max_body) {}
    ReadResult next(Request& request);
    // What the last request wanted of the connection.
    bool keep_alive() const { return keep_alive_; }

 private:
    bool fill();
    ReadResult read_head(Request& request);
    ReadResult read_sized(std::size_t size, std::string& body);
    ReadResult read_chunked(std::string& body);
    bool read_line(std::string& line);

    Connection& connection_;
    std::size_t max_body_;
    std::string buffer_;
    bool keep_alive_ = true;
};

}  // namespace sandbox::kit
