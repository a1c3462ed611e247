// Reads what a client of sors-en sends: bodies with strict JSON types, and query parameters. Pure functions.
#pragma once

#include "tests/sandbox/erp/listing.h"
#include "tests/sandbox/erp/visit.h"

#include <string_view>

namespace sandbox::erp::english {

inline constexpr int kPageSizeMax = 500;

struct Page {
    int number = 1;
    int size = 200;
    std::size_t begin() const { return static_cast<std::size_t>(number - 1) * static_cast<std::size_t>(size); }
    std::size_t end() const { return begin() + static_cast<std::size_t>(size); }
};

Outcome<DocumentRequest> read_document(std::string_view body, DocumentType type);
Outcome<Customer> read_customer(std::string_view body);

Outcome<Page> read_page(const Visit& visit, int default_size);
Outcome<ArticleFilter> read_article_filter(const Visit& visit);
Outcome<PriceType> read_price_type(const Visit& visit);
// "modifiedSince", 0 when absent.
Outcome<Microseconds> read_modified_since(const Visit& visit);
Outcome<DocumentFilter> read_document_filter(const Visit& visit, DocumentType type);

}  // namespace sandbox::erp::english
