/* SPDX-License-Identifier: LGPL-2.1-or-later
 * Copyright 2026 The server-signal developers */

#include "config.h"

#include "ss-store-engine.h"

typedef struct
{
  const SsStoreEngineFuncs *funcs;
  gpointer                  user_data;
  gboolean                  online;
} SsStoreEnginePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SsStoreEngine, ss_store_engine, G_TYPE_OBJECT)

static void
ss_store_engine_class_init (SsStoreEngineClass *klass)
{
}

static void
ss_store_engine_init (SsStoreEngine *self)
{
}

void
ss_store_engine_set_funcs (SsStoreEngine            *self,
                           const SsStoreEngineFuncs *funcs,
                           gpointer                  user_data)
{
  SsStoreEnginePrivate *priv = ss_store_engine_get_instance_private (self);

  priv->funcs = funcs;
  priv->user_data = user_data;
}

static void
answered_cb (SsStoreRequest *request,
             const GError   *error,
             gpointer        user_data)
{
  SsStoreEnginePrivate *priv = ss_store_engine_get_instance_private (user_data);

  if (priv->funcs != NULL)
    priv->funcs->answered (request, error, priv->user_data);
}

void
ss_store_engine_run (SsStoreEngine  *self,
                     SsStoreRequest *request)
{
  request->answered = answered_cb;
  request->engine = g_object_ref (G_OBJECT (self));
  SS_STORE_ENGINE_GET_CLASS (self)->run (self, request);
}

void
ss_store_engine_follow (SsStoreEngine *self,
                        const char    *name,
                        gboolean       following)
{
  SS_STORE_ENGINE_GET_CLASS (self)->follow (self, name, following);
}

void
ss_store_engine_close (SsStoreEngine *self)
{
  SS_STORE_ENGINE_GET_CLASS (self)->close (self);
}

gboolean
ss_store_engine_is_online (SsStoreEngine *self)
{
  SsStoreEnginePrivate *priv = ss_store_engine_get_instance_private (self);

  return priv->online;
}

void
ss_store_engine_tell_online (SsStoreEngine *self,
                             gboolean       online,
                             const GError  *error)
{
  SsStoreEnginePrivate *priv = ss_store_engine_get_instance_private (self);

  priv->online = online;
  if (priv->funcs != NULL)
    priv->funcs->online (online, error, priv->user_data);
}

void
ss_store_engine_tell_followed (SsStoreEngine *self,
                               const char    *name)
{
  SsStoreEnginePrivate *priv = ss_store_engine_get_instance_private (self);

  if (priv->funcs != NULL)
    priv->funcs->followed (name, priv->user_data);
}

void
ss_store_engine_tell_news (SsStoreEngine     *self,
                           const char        *name,
                           const SsStoreNews *news)
{
  SsStoreEnginePrivate *priv = ss_store_engine_get_instance_private (self);

  if (priv->funcs != NULL)
    priv->funcs->news (name, news, priv->user_data);
}
