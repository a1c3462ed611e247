// /products and /products/{id}/variations: single requests, lists, and the operations that batches use. Thread safe:
// each operation takes the store's lock itself.
#pragma once

#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/shop/context.h"

namespace sandbox::shop {

class Products {
 public:
    explicit Products(Context context) : context_(context) {}

    kit::Response list(const kit::Request& request);
    Answer get(std::int64_t id);
    Answer create(const Json& body, Origin origin);
    Answer update(std::int64_t id, const Json& body, Origin origin);
    Answer remove(std::int64_t id, bool force, Origin origin);

 private:
    std::vector<Product*> candidates(const kit::Request& request, const struct ListQuery& query);
    // Undocumented inventory_delta: reads, lets others in, writes (60 parallel -1 gave -49).
    void apply_delta(std::int64_t id, const Json& body);

    Context context_;
};

class Variations {
 public:
    explicit Variations(Context context) : context_(context) {}

    kit::Response list(const kit::Request& request, std::int64_t parent);
    // All variations of the shop, from 10.3 on.
    kit::Response list_all(const kit::Request& request);
    Answer get(std::int64_t parent, std::int64_t id);
    Answer create(std::int64_t parent, const Json& body, Origin origin);
    Answer update(std::int64_t parent, std::int64_t id, const Json& body, Origin origin);
    Answer remove(std::int64_t parent, std::int64_t id, bool force);

 private:
    kit::Response answer(const kit::Request& request, const struct ListQuery& query, std::vector<Product*> rows,
                         bool of_all);
    Context context_;
};

}  // namespace sandbox::shop
