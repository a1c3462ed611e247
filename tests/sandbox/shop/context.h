// What the parts of the shop work on together. Borrowed references; lives as long as ShopServer.
#pragma once

#include "tests/sandbox/shop/store.h"
#include "tests/sandbox/shop/webhooks.h"

namespace sandbox::shop {

struct Context {
    Store& store;
    WebhookQueue& hooks;
};

// How a write came in: a single request is checked against the schema, a batch item is not (contract woocommerce 0.6).
enum class Origin { kSingle, kBatch };

}  // namespace sandbox::shop
