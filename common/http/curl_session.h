// One libcurl handle with its kept-alive connection; one exchange at a time.  Private to this room.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "common/http/client.h"

namespace shopwire::http {

class CurlSession {
 public:
    static std::unique_ptr<CurlSession> create(const CurlOptions& options);
    virtual ~CurlSession() = default;
    virtual Result<Response> send(const Request& request, std::stop_token stop) = 0;
};

// nothing: the request may be given to libcurl.  Refuses what would change its meaning on the way: a line break in a
// header, a query in the URL, another scheme.
Status check_request(const Request& request);

}  // namespace shopwire::http
