// /webhooks over the queue. Thread safe.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

class Webhooks {
 public:
    explicit Webhooks(Context context) : context_(context) {}

    kit::Response list(const kit::Request& request);
    Answer get(std::int64_t id);
    Answer create(const Json& body, Origin origin);
    Answer update(std::int64_t id, const Json& body, Origin origin);
    Answer remove(std::int64_t id, bool force);

 private:
    Json json_of(const Webhook& hook);
    Context context_;
};

// The body of a delivery: the resource as it is now, {"id":n} for deletions, the REST error for what is gone.
std::string webhook_payload(Store& store, const Webhook& hook, std::int64_t resource_id);

}  // namespace sandbox::shop
