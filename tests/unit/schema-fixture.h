/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A schema with every meta-type, as QEMU writes them: unions, a union within a union, alternates,
 * arrays, enums with features and in the old form, deprecated and unstable entries, circles.
 */
#pragma once

#define SCHEMA_FIXTURE                                                                             \
    "[{'name':'add','meta-type':'command','arg-type':'node','ret-type':'0'},"                      \
    "{'name':'set','meta-type':'command','arg-type':'set','ret-type':'[node]',"                    \
    "'features':['deprecated']},"                                                                  \
    "{'name':'x-try','meta-type':'command','arg-type':'0','ret-type':'0','allow-oob':true,"        \
    "'features':['other','unstable']},"                                                            \
    "{'name':'device_add','meta-type':'command','arg-type':'device','ret-type':'0'},"              \
    "{'name':'transaction','meta-type':'command','arg-type':'actions','ret-type':'0'},"            \
    "{'name':'MOVED','meta-type':'event','arg-type':'set'},"                                       \
    "{'name':'0','meta-type':'object','members':[]},"                                              \
    "{'name':'node','meta-type':'object','members':["                                              \
    "{'name':'driver','type':'driver'},{'name':'node-name','type':'str','default':null},"          \
    "{'name':'ro','type':'bool','default':null,'features':['deprecated']}],"                       \
    "'tag':'driver','variants':[{'case':'file','type':'file'},{'case':'qcow2','type':'qcow2'},"    \
    "{'case':'net','type':'net'}]},"                                                               \
    "{'name':'driver','meta-type':'enum','members':[{'name':'file'},"                              \
    "{'name':'qcow2','features':['unstable']},{'name':'net'},{'name':'null-co'}],"                 \
    "'values':['file','qcow2','net','null-co']},"                                                  \
    "{'name':'file','meta-type':'object','members':[{'name':'filename','type':'str'},"             \
    "{'name':'locking','type':'mode','default':null}]},"                                           \
    "{'name':'qcow2','meta-type':'object','members':[{'name':'file','type':'ref'},"                \
    "{'name':'backing','type':'ref-or-null','default':null}]},"                                    \
    "{'name':'net','meta-type':'object','members':[{'name':'kind','type':'kind'}],"                \
    "'tag':'kind','variants':[{'case':'ssh','type':'ssh'},{'case':'nfs','type':'0'}]},"            \
    "{'name':'kind','meta-type':'enum','members':[{'name':'ssh'},{'name':'nfs'}]},"                \
    "{'name':'ssh','meta-type':'object','members':[{'name':'host','type':'str'}]},"                \
    "{'name':'ref','meta-type':'alternate','members':[{'type':'node'},{'type':'str'}]},"           \
    "{'name':'ref-or-null','meta-type':'alternate','members':[{'type':'node'},{'type':'str'},"     \
    "{'type':'null'}]},"                                                                           \
    "{'name':'mode','meta-type':'enum','values':['auto','on','off']},"                             \
    "{'name':'set','meta-type':'object','members':[{'name':'size','type':'int','default':null},"   \
    "{'name':'rate','type':'number','default':null},{'name':'on','type':'bool','default':null},"   \
    "{'name':'list','type':'[point]','default':null},{'name':'names','type':'[str]',"              \
    "'default':null},{'name':'any','type':'any','default':null},"                                  \
    "{'name':'alt','type':'alt','default':null},{'name':'lost','type':'nowhere',"                  \
    "'default':null}]},"                                                                           \
    "{'name':'point','meta-type':'object','members':[{'name':'x','type':'int'},"                   \
    "{'name':'y','type':'int','default':null},{'name':'more','type':'[point]','default':null}]},"  \
    "{'name':'alt','meta-type':'alternate','members':[{'type':'int'},{'type':'mode'},"             \
    "{'type':'bool'},{'type':'[str]'}]},"                                                          \
    "{'name':'device','meta-type':'object','members':[{'name':'driver','type':'str'}]},"           \
    "{'name':'actions','meta-type':'object','members':[{'name':'actions','type':'[action]'},"      \
    "{'name':'properties','type':'props','default':null}]},"                                       \
    "{'name':'props','meta-type':'object','members':[{'name':'completion-mode','type':'cm',"       \
    "'default':null}]},{'name':'cm','meta-type':'enum','members':[{'name':'individual'},"          \
    "{'name':'grouped'}]},"                                                                        \
    "{'name':'action','meta-type':'object','members':[{'name':'type','type':'what'}],"             \
    "'tag':'type','variants':[{'case':'snapshot','type':'wrap'},{'case':'abort','type':'wrap0'}]}" \
    ","                                                                                            \
    "{'name':'what','meta-type':'enum','members':[{'name':'snapshot'},{'name':'abort'}]},"         \
    "{'name':'wrap','meta-type':'object','members':[{'name':'data','type':'point'}]},"             \
    "{'name':'wrap0','meta-type':'object','members':[{'name':'data','type':'0'}]},"                \
    "{'name':'[node]','meta-type':'array','element-type':'node'},"                                 \
    "{'name':'[point]','meta-type':'array','element-type':'point'},"                               \
    "{'name':'[action]','meta-type':'array','element-type':'action'},"                             \
    "{'name':'[str]','meta-type':'array','element-type':'str'},"                                   \
    "{'name':'str','meta-type':'builtin','json-type':'string'},"                                   \
    "{'name':'int','meta-type':'builtin','json-type':'int'},"                                      \
    "{'name':'number','meta-type':'builtin','json-type':'number'},"                                \
    "{'name':'bool','meta-type':'builtin','json-type':'boolean'},"                                 \
    "{'name':'null','meta-type':'builtin','json-type':'null'},"                                    \
    "{'name':'any','meta-type':'builtin','json-type':'value'}]"
