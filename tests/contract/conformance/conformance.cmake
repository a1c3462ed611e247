# shopwire_add_conformance(NAME test MAIN main.cpp CASES <connector>_case.cpp... [DEPS room...] REMOTES program...)
#
# The conformance kit over these connectors; each file has a function <connector>_cases().  REMOTES are the programs that the cases start;
# SHOPWIRE_BIN is where they lie.
function(shopwire_add_conformance)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;MAIN" "CASES;DEPS;REMOTES")
    list(TRANSFORM arg_CASES REPLACE "_case.cpp$" "" OUTPUT_VARIABLE connectors)
    set(declarations "")
    set(calls "")
    foreach(connector IN LISTS connectors)
        string(APPEND declarations "std::vector<ContractCase> ${connector}_cases();\n")
        string(APPEND calls "${connector}_cases, ")
    endforeach()
    configure_file(${PROJECT_SOURCE_DIR}/tests/contract/conformance/all_cases.cpp.in ${arg_NAME}_cases.cpp @ONLY)
    shopwire_add_test(
        NAME ${arg_NAME}
        SOURCES ${arg_MAIN} ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}_cases.cpp
        APART ${arg_CASES}
        DEPS conformance ${connectors} ${arg_DEPS}
        LABELS contract
        TIMEOUT 300
    )
    target_compile_definitions(${arg_NAME} PRIVATE SHOPWIRE_BIN="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/")
    add_dependencies(${arg_NAME} ${arg_REMOTES})
    set_property(GLOBAL APPEND PROPERTY shopwire_conforming ${connectors})
endfunction()

# Stops the build at a connector that no case names.  Call it when all rooms are known.
function(shopwire_require_conformance)
    get_property(connectors GLOBAL PROPERTY shopwire_connectors)
    get_property(conforming GLOBAL PROPERTY shopwire_conforming)
    list(REMOVE_ITEM connectors ${conforming})
    if(connectors)
        list(JOIN connectors ", " names)
        message(
            FATAL_ERROR
            "No conformance case: ${names}. Write tests/contract/conformance/NAME_case.cpp and name it in the CMakeLists.txt there."
        )
    endif()
endfunction()
