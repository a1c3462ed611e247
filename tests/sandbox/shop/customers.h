// /customers. Thread safe: each operation takes the store's lock itself.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

class Customers {
 public:
    explicit Customers(Context context) : context_(context) {}

    kit::Response list(const kit::Request& request);
    Answer get(std::int64_t id);
    Answer create(const Json& body, Origin origin);
    Answer update(std::int64_t id, const Json& body, Origin origin);
    Answer remove(std::int64_t id, bool force);

 private:
    Context context_;
};

}  // namespace sandbox::shop
